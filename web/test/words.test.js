import assert from 'node:assert/strict';
import {test} from 'node:test';
import {keyText, readKey} from '../app/welcome.js';
import {sizeOf} from '../app/words.js';

const account = {uid: '%+123456789BCDFGHJKLMNPQRSTVWXYZ', nodeid: 'B'.repeat(40), nodenum: 12};

test('a device key is read as it was shown, with what a paste adds', () => {
  assert.deepEqual(readKey(`\n ${keyText(account)} \n`), account);
});
test('what is no device key is refused', () => {
  const {uid, nodeid} = account;
  for (const text of ['', uid, `${uid}/${nodeid}`, `${uid}/${nodeid}/`, `${uid}/${nodeid}/x`, `${uid}/${nodeid.slice(1)}/1`, `x${uid}/${nodeid}/1`]) {
    assert.throws(() => readKey(text), /no device key/, text);
  }
});
test('sizes are said shortly', () => {
  const cases = [[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [24_000, '24 kB'], [999_499, '999 kB'], [999_500, '1.0 MB'], [50e6, '50 MB'], [268_435_456, '268 MB'], [1e9, '1.0 GB']];
  for (const [octets, text] of cases) assert.equal(sizeOf(octets), text);
});
