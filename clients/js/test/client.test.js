import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {Client, RequestError} from '../dist/index.js';
import {FakeRelay, FakeTime, settled} from './fake.js';

const account = {uid: 'U', nodeid: 'N'};
let relay, time, states, messages, presences, client, handle;

beforeEach(() => {
  relay = new FakeRelay();
  time = new FakeTime();
  states = [];
  messages = [];
  presences = [];
  handle = (message) => void messages.push(message);
  client = new Client({
    connect: relay.connect,
    onState: (state, reason) => states.push(reason ? `${state}: ${reason}` : state),
    onMessage: (message) => handle(message),
    onPresence: (presence) => presences.push(presence),
    pulse_ms: 50_000,
    surroundings: time,
  });
});

async function online() {
  const entered = client.login(account);
  await settled();
  relay.say({op: 'info', info: 'login ok'});
  await entered;
  relay.taken();
}

test('registers, and is then logged in', async () => {
  const entered = client.register('desk', 'alice-at-home');
  await settled();
  assert.deepEqual(relay.taken(), [{op: 1, newnode: 'desk', newalias: 'alice-at-home'}]);
  relay.say({op: 'registered', uid: 'U', nodeid: 'N', nodenum: 1});
  relay.say({op: 'info', info: 'login ok'});
  assert.deepEqual(await entered, {uid: 'U', nodeid: 'N', nodenum: 1});
  assert.deepEqual(states, ['connecting', 'online: login ok']);
});

test('says why an alias was not given', async () => {
  const entered = client.register('desk', 'short');
  await settled();
  relay.say({op: 'registered', uid: 'U', nodeid: 'N', nodenum: 1, error: 'newalias must be 8+ characters'});
  relay.say({op: 'info', info: 'login ok'});
  assert.equal((await entered).aliasError, 'newalias must be 8+ characters');
});

test('a login that fails ends the client', async () => {
  const entered = client.login(account);
  await settled();
  relay.say({op: 'quit', info: 'login failed'});
  await assert.rejects(entered, /login failed/);
  await assert.rejects(client.post(['X'], 'x'), RequestError);
  assert.equal(states.at(-1), 'ended: login failed');
});

test('a relay that is not there at first is an error', async () => {
  relay.refuse = true;
  await assert.rejects(client.login(account), /nobody there/);
});

test('posts, and knows the id once the relay has it', async () => {
  await online();
  const done = client.post(['B', {group: 'the-group'}, {group: 'all-of-us', self: true}], 'hello');
  const [sent] = relay.taken();
  assert.deepEqual(sent.for, [{id: 'B', type: 1}, {id: 'the-group', type: 3}, {id: 'all-of-us', type: 2}]);
  assert.equal(sent.data, 'hello');
  relay.say({op: 'ack', id: sent.id, ok: 'ok', msgid: '000000000000000a', posted: 'P'});
  assert.deepEqual(await done, {msgid: '000000000000000a', posted: 'P'});
});

test('a refusal says what, and when it may pass', async () => {
  await online();
  const lasting = client.post(['nobody'], 'x');
  relay.say({op: 'ack', id: relay.taken()[0].id, ok: 'error', error: 'OpenNodes: iUid nobody not found'});
  await assert.rejects(lasting, (error) => /not found/.test(error.message) && error.retryAfter_s === undefined && !error.unknown);
  const passing = client.post(['B'], 'x');
  relay.say({op: 'ack', id: relay.taken()[0].id, ok: 'error', error: 'storage full', retry: 15});
  await assert.rejects(passing, (error) => error.retryAfter_s === 15);
});

test('a post of an earlier client keeps its id, and says that it may have come before', async () => {
  await online();
  client.post(['B'], 'headtext', {id: 'kept-1', again: true, headBytes: 4});
  const [sent] = relay.taken();
  assert.deepEqual([sent.id, sent.retry, sent.datahead, sent.data], ['kept-1', true, 4, 'headtext']);
  await assert.rejects(client.post(['B'], 'x', {id: 'kept-1'}), /waits for its answer already/);
  client.post(['B'], 'x', {id: 'kept-2'});
  assert.equal(relay.taken()[0].retry, undefined);
});

test('acks a message once it was handled, not before', async () => {
  await online();
  let finish;
  handle = () => new Promise((done) => (finish = done));
  relay.say({op: 'delivery', id: '0001', from: 'B', posted: 'P'}, new TextEncoder().encode('hi'));
  await settled();
  assert.deepEqual(relay.taken(), []);
  finish();
  await settled();
  assert.deepEqual(relay.taken(), [{op: 7, id: '0001', type: 'delivery'}]);
});

test('handles messages one by one, in order', async () => {
  await online();
  const order = [];
  handle = async ({id}) => {
    order.push(`begin ${id}`);
    await settled();
    order.push(`end ${id}`);
  };
  relay.say({op: 'delivery', id: '1', from: 'B', posted: 'P'});
  relay.say({op: 'delivery', id: '2', from: 'B', posted: 'P'});
  for (let i = 0; i < 5; ++i) await settled();
  assert.deepEqual(order, ['begin 1', 'end 1', 'begin 2', 'end 2']);
});

test('does not ack what could not be handled, and takes it again later', async () => {
  await online();
  handle = () => Promise.reject(new Error('disk full'));
  relay.say({op: 'delivery', id: '0001', from: 'B', posted: 'P'});
  await settled();
  assert.deepEqual(relay.taken(), []);
  handle = (message) => void messages.push(message.id);
  relay.say({op: 'delivery', id: '0001', from: 'B', posted: 'P'});
  await settled();
  assert.deepEqual(messages, ['0001']);
  assert.equal(relay.taken().length, 1);
});

test('handles a message once, though its ack was lost', async () => {
  await online();
  relay.say({op: 'delivery', id: '0001', from: 'B', posted: 'P'});
  await settled();
  relay.cut();
  await time.pass(1_000);
  relay.say({op: 'info', info: 'login ok'});
  relay.taken();
  relay.say({op: 'delivery', id: '0001', from: 'B', posted: 'P'});
  await settled();
  assert.equal(messages.length, 1);
  assert.deepEqual(relay.taken(), [{op: 7, id: '0001', type: 'delivery'}]);
});

test('comes back after a lost link, and asks again what was not answered', async () => {
  await online();
  const done = client.post(['B'], 'one');
  const first = relay.taken()[0];
  relay.cut('connection reset');
  assert.equal(states.at(-1), 'offline: connection reset');
  const later = client.post(['B'], 'two');
  await time.pass(1_000);
  assert.deepEqual(relay.taken(), [{op: 3, uid: 'U', node: 'N'}]);
  relay.say({op: 'info', info: 'login ok'});
  const [again, second] = relay.taken();
  assert.deepEqual({...again, retry: undefined}, {...first, retry: undefined});
  assert.equal(again.retry, true);
  assert.equal(second.retry, undefined);
  relay.say({op: 'ack', id: again.id, ok: 'ok', msgid: 'a', posted: 'P'});
  relay.say({op: 'ack', id: second.id, ok: 'ok', msgid: 'b', posted: 'P'});
  assert.equal((await done).msgid, 'a');
  assert.equal((await later).msgid, 'b');
});

test('waits longer each time that the relay is not there, up to a minute', async () => {
  await online();
  relay.refuse = true;
  relay.cut();
  const waits = [];
  for (let i = 0; i < 10; ++i) {
    const [timer] = time.timers;
    waits.push(timer.at - time.now);
    await time.pass(timer.at - time.now);
  }
  assert.deepEqual(waits, [375, 750, 1500, 3000, 6000, 12000, 24000, 45000, 45000, 45000]);
});

test('hurries when it is told that there is a network again', async () => {
  await online();
  client.hurry(); // online: there is nothing to hurry for
  assert.equal(relay.links.length, 1);
  relay.cut();
  client.hurry();
  await settled();
  assert.equal(relay.links.length, 2);
  await time.pass(60_000); // the try that was planned is not made as well
  assert.equal(relay.links.length, 2);
});

test('does not fight with another client of the same node', async () => {
  await online();
  relay.say({op: 'quit', info: 'replaced by a new login'});
  assert.equal(states.at(-1), 'ended: replaced by a new login');
  assert.equal(time.timers.size, 0);
});

test('what an old link still says is not heard', async () => {
  await online();
  const old = relay.last;
  relay.cut();
  await time.pass(1_000);
  relay.say({op: 'info', info: 'login ok'});
  old.events.closed('late');
  assert.equal(states.at(-1), 'online: login ok');
});

test('keeps an idle link alive', async () => {
  await online();
  await time.pass(50_000);
  await time.pass(50_000);
  assert.deepEqual(relay.taken(), [{op: 10}, {op: 10}]);
});

test('a user edit is answered in order, without an id', async () => {
  await online();
  const node = client.addNode('tablet');
  const alias = client.addAlias('another-alias', true);
  const [first, second] = relay.taken();
  assert.deepEqual([first.newnode, first.uid, first.nodeid], ['tablet', 'U', 'N']);
  assert.deepEqual([second.newalias, second.once], ['another-alias', true]);
  relay.say({op: 'updated', ok: 'ok', nodeid: 'M', nodenum: 2});
  relay.say({op: 'updated', ok: 'error', error: 'AddAlias: alias another-alias already taken'});
  assert.deepEqual(await node, {uid: 'U', nodeid: 'M', nodenum: 2});
  await assert.rejects(alias, /already taken/);
});

test('a ping tells its sender by alias and by uid', async () => {
  await online();
  relay.say({op: 'ping', id: '1', from: 'bob-at-work', uid: 'B', to: 'alice-at-home', posted: 'P'}, new TextEncoder().encode('hi'));
  await settled();
  assert.deepEqual(messages[0], {op: 'ping', id: '1', from: 'B', uid: 'B', alias: 'bob-at-work', to: 'alice-at-home', posted: 'P', text: 'hi'});
});

test('presence comes with the login and by itself, and is not acked', async () => {
  const entered = client.login(account);
  await settled();
  relay.say({op: 'info', info: 'login ok', ohi: ['B']});
  await entered;
  relay.taken();
  relay.say({op: 'ohi', from: 'C', status: 1});
  relay.say({op: 'ohi', from: 'B', status: 2});
  assert.deepEqual(presences, [{uid: 'B', here: true}, {uid: 'C', here: true}, {uid: 'B', here: false}]);
  assert.deepEqual(relay.taken(), []);
});

test('a message of a kind yet to come is acked, so that it does not wait for ever', async () => {
  await online();
  relay.say({op: 'telegram', id: '1', from: 'B', posted: 'P'});
  assert.deepEqual(relay.taken(), [{op: 7, id: '1', type: 'telegram'}]);
});

test('octets that are no frames end the link, not the client', async () => {
  await online();
  relay.last.events.received(new TextEncoder().encode('HTTP/1.1 400'));
  assert.match(states.at(-1), /^offline: no frame/);
});

test('quit says so, and leaves no request without an answer', async () => {
  await online();
  const done = client.post(['B'], 'x');
  relay.taken();
  client.quit();
  assert.deepEqual(relay.taken(), [{op: 8}]);
  assert.equal(relay.last.open, false);
  await assert.rejects(done, (error) => error.unknown && /the outcome is unknown/.test(error.message));
});
