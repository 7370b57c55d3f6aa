import assert from 'node:assert/strict';
import {test} from 'node:test';
import {encodeFrame, FrameReader, ProtocolError} from '../dist/index.js';

const text = (octets) => new TextDecoder().decode(octets);
const octets = (string) => new TextEncoder().encode(string);
const max = 1 << 20;

test('a frame is its digits, its header and its data', () => {
  assert.equal(text(encodeFrame({op: 7, id: 'x'})), '0011{"op":7,"id":"x"}');
  assert.equal(text(encodeFrame({op: 5, id: '1', for: []}, octets('hello'))), '0028{"op":5,"id":"1","for":[],"dataLen":5}hello'.replace('0028', '0026'));
});

test('a header that is too long is refused before anything is sent', () => {
  assert.throws(() => encodeFrame({op: 5, id: 'x'.repeat(70_000)}), RangeError);
});

test('frames come out whole, however they are cut', () => {
  const first = encodeFrame({op: 'delivery', id: 'a'}, octets('h\u00e9llo'));
  const second = encodeFrame({op: 'ohi', from: 'U'});
  const all = new Uint8Array([...first, ...second]);
  for (let size = 1; size <= all.length; ++size) {
    const reader = new FrameReader(max);
    const frames = [];
    for (let at = 0; at < all.length; at += size) frames.push(...reader.push(all.slice(at, at + size)));
    assert.deepEqual(frames.map(({header}) => header.op), ['delivery', 'ohi'], `in pieces of ${size}`);
    assert.equal(text(frames[0].data), 'h\u00e9llo');
    assert.equal(frames[1].data.length, 0);
  }
});

const wrong = {
  'no digits': 'zzzz{"op":1}',
  'a sign': '+00a{"op":1}  ',
  'too short a header': '0002{}',
  'no JSON': '000a{"op":1,,,}',
  'no object': '0008[1,2,3,]',
  'no op': '000a{"id":"1"}',
  'a length below zero': '0018{"op":"x","dataLen": -1}',
  'a length that is no number': '0019{"op":"x","dataLen":"12"}',
  'a body beyond the limit': '001d{"op":"x","dataLen":99999999}',
};
for (const [what, input] of Object.entries(wrong)) {
  test(`not a frame: ${what}`, () => assert.throws(() => new FrameReader(max).push(octets(input)), ProtocolError));
}

test('a body as long as the limit is taken', () => {
  const reader = new FrameReader(4);
  assert.equal(reader.push(encodeFrame({op: 'delivery', id: 'a'}, octets('1234'))).length, 1);
  assert.throws(() => reader.push(encodeFrame({op: 'delivery', id: 'a'}, octets('12345'))), ProtocolError);
});
