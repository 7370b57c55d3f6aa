import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileName, open, sealHead} from '../app/envelope.js';

const octets = (text) => new TextEncoder().encode(text);
const join = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));

test('what was sealed opens as it was', () => {
  const head = sealHead({type: 'image/png', name: 'a.png', group: 'the-group'});
  const opened = open(join(head, [1, 2, 3]), head.length);
  assert.equal(opened.group, 'the-group');
  assert.deepEqual(opened.entry, {kind: 'file', text: 'a.png', file: {type: 'image/png', size: 3}});
  assert.deepEqual([...opened.content], [1, 2, 3]);
});

test('what has no head is text if it is UTF-8, else a file', () => {
  assert.deepEqual(open(octets('Grüße'), 0).entry, {kind: 'text', text: 'Grüße'});
  for (const other of [[0xff, 0xfe], [0x41, 0]]) {
    assert.deepEqual(open(new Uint8Array(other), 0).entry, {kind: 'file', text: 'message.bin', file: {type: 'application/octet-stream', size: 2}});
  }
});

test('a head that is none is content', () => {
  for (const text of ['{"type":', 'null', '[]', '{"type":7}', '{"type":"text/html;x"}', '{}', '"x"']) {
    const opened = open(octets(`${text} and more`), text.length);
    assert.deepEqual(opened.entry, {kind: 'text', text: `${text} and more`}, text);
  }
  for (const length of [-1, 0.5, 10_000, Number.NaN]) assert.equal(open(octets('short'), length).entry.text, 'short');
});

test('fields of a wrong type are not there', () => {
  const head = octets('{"type":"text/plain","to":7,"group":{},"name":[]}');
  const {to, group, name} = open(join(head, octets('x')), head.length);
  assert.deepEqual([to, group, name], [undefined, undefined, undefined]);
});

test('a text that is not UTF-8 is a file, whatever its head says', () => {
  const head = sealHead({type: 'text/plain'});
  assert.equal(open(join(head, [0xff]), head.length).entry.kind, 'file');
});

test('names of files are made harmless', () => {
  const cases = [
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\x\\y.exe', 'C:_x_y.exe'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['a\nb\u0000c', 'abc'],
    ['.hidden', 'hidden'],
    ['', 'file'],
    ['...', 'file'],
    ['x'.repeat(500), 'x'.repeat(200)],
  ];
  for (const [name, harmless] of cases) assert.equal(fileName(name), harmless);
});
