// What the operator's page computes: figures, drawings, verdicts. What it asks and shows is console_test.py's.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {parseLines, queryOf} from '../console-app/console/api.js';
import {pathOf, topOf, width, height} from '../console-app/console/chart.js';
import {parseFigures, quantileOf, rateOf, shortNumber, shortSeconds, sumOf, valueOf} from '../console-app/console/figures.js';
import {lifeOf} from '../console-app/console/life.js';
import {partsOf} from '../console-app/console/queues.js';
import {headsOf, verdictOf} from '../console-app/console/integrity.js';

test('a query has no plus, and no value that is empty', () => {
  assert.equal(queryOf({user: 'G+7 %&', op: '', at: undefined, limit: 5}), 'user=G%2B7%20%25%26&limit=5');
  assert.equal(queryOf({}), '');
});

test('lines of JSON are as many objects as there are', () => {
  assert.deepEqual(parseLines('{"a":1}\n{"b":2}\n'), {found: [{a: 1}, {b: 2}]});
  assert.deepEqual(parseLines(''), {found: []});
});

test('a last line may say why there are no more', () => {
  assert.deepEqual(parseLines('{"lsn":1}\n{"error":"a hole"}\n'), {found: [{lsn: 1}], error: 'a hole'});
  assert.deepEqual(parseLines('{"error":"a hole"}\n'), {found: [], error: 'a hole'});
  assert.deepEqual(parseLines('{"lsn":1,"error":"refused"}\n'), {found: [{lsn: 1, error: 'refused'}]}, 'that is an event');
});

const scrape = (atMs, acked, buckets) => parseFigures(`# HELP x y\nmnm_events_total{op="acked"} ${acked}\nmnm_events_total{op="stored"} 2\nmnm_users 3\n${buckets.map(([bound, count]) => `t_bucket{le="${bound}"} ${count}`).join('\n')}\n`, atMs);

test('figures are read with and without labels', () => {
  const sample = scrape(0, 5, []);
  assert.equal(valueOf(sample, 'mnm_users'), 3);
  assert.equal(sumOf(sample, 'mnm_events_total'), 7);
  assert.equal(sumOf(sample, 'mnm_events_total{op="acked"}'), 5);
  assert.equal(sumOf(sample, 'mnm_event'), 0);
  assert.equal(valueOf(parseFigures('t_bucket{le="+Inf"} 9\nx +Inf\n', 0), 't_bucket{le="+Inf"}'), 9);
});

test('a rate is growth by time; none is known across a start of the relay', () => {
  assert.equal(rateOf(scrape(1000, 5, []), scrape(3000, 25, []), 'mnm_events_total'), 10);
  assert.equal(rateOf(scrape(1000, 25, []), scrape(3000, 5, []), 'mnm_events_total'), undefined);
  assert.equal(rateOf(scrape(1000, 5, []), scrape(1000, 5, []), 'mnm_events_total'), undefined);
});

test('a latency is of what came between two scrapes', () => {
  const before = scrape(0, 0, [['1', 100], ['2', 100], ['4', 100], ['+Inf', 100]]);
  const after = scrape(1000, 0, [['1', 100], ['2', 110], ['4', 120], ['+Inf', 120]]);
  assert.equal(quantileOf(before, after, 't', 0.5), 2);
  assert.equal(quantileOf(before, after, 't', 0.75), 3);
  assert.equal(quantileOf(before, after, 't', 0.25), 1.5);
  assert.equal(quantileOf(after, after, 't', 0.5), undefined);
  const beyond = scrape(1000, 0, [['1', 100], ['2', 100], ['4', 100], ['+Inf', 101]]);
  assert.equal(quantileOf(before, beyond, 't', 0.5), 4, 'more than the last bound, and no more is known');
});

test('numbers and times are short', () => {
  assert.deepEqual([0, 0.25, 7, 12.34, 999, 1000, 1234567].map(shortNumber), ['0', '0.25', '7', '12', '999', '1 k', '1.2 M']);
  assert.deepEqual([0, 0.00004, 0.012, 1.5, 120, 7200, 172800].map(shortSeconds), ['0 s', '40 µs', '12 ms', '1.5 s', '2 min', '2 h', '2 d']);
});

test('a line ends at the right edge, and breaks where nothing is known', () => {
  assert.equal(pathOf([0, 10], 3, 10), `M${(width / 2).toFixed(1)} ${height.toFixed(1)}L${width.toFixed(1)} 0.0`);
  assert.equal(pathOf([1, undefined, 1], 3, 2).match(/M/g).length, 2);
  assert.equal(pathOf([], 3, 2), '');
  assert.equal(pathOf([5], 1, 0), `M${width.toFixed(1)} ${height.toFixed(1)}`);
});

test('the top of a chart is round, and nothing goes beyond it', () => {
  assert.deepEqual([[], [undefined], [0], [3], [10], [11], [0.04]].map(topOf), [1, 1, 1, 5, 10, 20, 0.05]);
});

const trace = {
  posted_time: '2026-11-25T10:00:00.000000000Z',
  copies: [
    {node: 'A/1', state: 'acked', queued_time: '2026-11-25T10:00:00.000000000Z', ended_time: '2026-11-25T10:00:02.500000000Z', sessions: [{session: 4}]},
    {node: 'A/2', state: 'waiting', queued_time: '2026-11-25T10:00:05.000000000Z', sessions: [{session: 5, begun_time: '2026-11-25T10:00:06.000000000Z', ended_time: '2026-11-25T10:00:07.500000000Z'}]},
    {node: 'A/3', state: 'refused', sessions: []},
  ],
};
test('a copy that waits goes on until now; a session is drawn as far as it is known', () => {
  const life = lifeOf(trace, Date.parse('2026-11-25T10:00:10Z'));
  assert.deepEqual(life.bars.map((bar) => [bar.from, bar.to]), [[0, 0.25], [0.5, 1], [0, 0]]);
  assert.deepEqual(life.bars.map((bar) => bar.sessions), [[{session: 4, from: 0, to: 0.25}], [{session: 5, from: 0.6, to: 0.75}], []]);
});
test('a message without copies, and a clock that is behind, make a drawing all the same', () => {
  assert.deepEqual(lifeOf({posted_time: trace.posted_time, copies: []}, 0).bars, []);
  const life = lifeOf(trace, 0);
  for (const bar of life.bars) assert.ok(bar.from >= 0 && bar.to <= 1 && Number.isFinite(bar.from + bar.to));
});

test('ages lie beside each other, as parts of the fullest queue', () => {
  const row = {node: 'A/1', copies: 3, by_age: [{age: '1m', copies: 1}, {age: '10m', copies: 0}, {age: '1h', copies: 2}]};
  assert.deepEqual(partsOf(row, 4).map(({from, part}) => [from, part]), [[0, 0.25], [0.25, 0], [0.25, 0.5]]);
});

test('a verdict is good only when mnmlog says so', () => {
  assert.equal(verdictOf({ok: true, events: 12}).ok, true);
  assert.equal(verdictOf({ok: true, events: 12, heads: {dropped: 1}}).ok, false);
  assert.equal(verdictOf({}).ok, false);
  const bad = verdictOf({ok: false, first_bad_lsn: 7, findings: [{code: 3, text: 'a hole'}]});
  assert.equal(bad.ok, false);
  assert.match(bad.text, /LSN 7.*a hole/);
});

test('what heads are worth is said as it is', () => {
  const verify = {ok: true, last_lsn: 20, heads: {held: 3, covered_lsn: 12}};
  assert.match(headsOf(verify, 'given'), /by the key that was given: 3 heads hold, through LSN 12; LSN 13 to 20 no head/);
  assert.match(headsOf(verify, 'beside'), /by the key that lies beside the log/);
  assert.doesNotMatch(headsOf({...verify, last_lsn: 12}, 'given'), /no head covers/);
  assert.match(headsOf({ok: true, last_lsn: 20, heads: {held: 0}}, 'given'), /cover nothing.*LSN 1 to 20/);
  assert.match(headsOf({ok: true}, 'missing'), /^No heads file is there/);
  assert.match(headsOf({ok: true}, 'none'), /^No head was signed yet/);
});
