import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {RequestError} from '../mnm-client/index.js';
import {Outbox} from '../app/outbox.js';
import {FakeTime, MemoryStore, settled} from './house.js';

let store, time, online, posts, kept, outbox;
const one = (request) => ({request, talk: 'u:B', to: ['B'], data: new Blob(['x']), headBytes: 0, entry: {kind: 'text', text: request}, at: 'P', sent: false, error: ''});

function make() {
  return new Outbox({
    store,
    online: () => online,
    post: (waiting, again) => new Promise((done, failed) => posts.push({request: waiting.request, again, onDisk: store.queued.find(({seq}) => seq === waiting.seq)?.sent, done, failed})),
    done: async (waiting, posted) => {
      store.check('done');
      kept.push([waiting.request, posted.msgid]);
      await store.unqueue(waiting.seq);
    },
    changed: () => undefined,
    after: time.after,
  });
}
beforeEach(() => {
  store = new MemoryStore();
  time = new FakeTime();
  online = true;
  posts = [];
  kept = [];
  outbox = make();
});

test('a post is on the disk before it is sent, as one that may have been sent', async () => {
  await outbox.add(one('a'));
  await settled();
  assert.deepEqual([posts[0].request, posts[0].again, posts[0].onDisk], ['a', false, true]);
});

test('posts go one after the other, in order, and are gone once acked', async () => {
  await outbox.add(one('a'));
  await outbox.add(one('b'));
  await settled();
  assert.equal(posts.length, 1);
  posts[0].done({msgid: '1'});
  await settled();
  assert.deepEqual(posts.map(({request}) => request), ['a', 'b']);
  posts[1].done({msgid: '2'});
  await settled();
  assert.deepEqual(kept, [['a', '1'], ['b', '2']]);
  assert.deepEqual([outbox.waiting.length, store.queued.length], [0, 0]);
});

test('without a connection they wait, and go when there is one', async () => {
  online = false;
  await outbox.add(one('a'));
  await settled();
  assert.equal(posts.length, 0);
  online = true;
  outbox.wake();
  await settled();
  assert.equal(posts.length, 1);
  outbox.wake(); // a second one changes nothing
  await settled();
  assert.equal(posts.length, 1);
});

test('what was not acked is sent again by the next page, under the same id', async () => {
  await outbox.add(one('a'));
  await settled();
  posts = []; // the page is closed, and the answer never comes
  outbox = make();
  await outbox.open();
  outbox.wake();
  await settled();
  assert.deepEqual([posts[0].request, posts[0].again], ['a', true]);
});

test('an unknown outcome keeps it, and it is sent again', async () => {
  await outbox.add(one('a'));
  await settled();
  online = false;
  posts[0].failed(new RequestError('cut', undefined, true));
  await settled();
  assert.equal(store.queued.length, 1);
  online = true;
  outbox.wake();
  await settled();
  assert.deepEqual([posts[1].request, posts[1].again], ['a', true]);
});

test('a refusal that may pass is waited for', async () => {
  await outbox.add(one('a'));
  await settled();
  posts[0].failed(new RequestError('the disk is nearly full', 15));
  await settled();
  await time.pass(14_999);
  assert.equal(posts.length, 1);
  await time.pass(1);
  assert.equal(posts.length, 2);
  assert.equal(outbox.waiting[0].error, '');
});

test('a lasting refusal is shown, holds up nobody, and can be tried again or given up', async () => {
  await outbox.add(one('a'));
  await outbox.add(one('b'));
  await settled();
  posts[0].failed(new RequestError('no such user'));
  await settled();
  assert.equal(store.queued[0].error, 'no such user');
  assert.equal(posts[1].request, 'b');
  posts[1].done({msgid: '2'});
  await settled();
  await outbox.again(1, 'a2');
  await settled();
  assert.deepEqual([posts[2].request, posts[2].again], ['a2', false]);
  await outbox.discard(1);
  assert.equal(outbox.waiting.length, 1, 'it is on its way');
  posts[2].failed(new RequestError('no such user'));
  await settled();
  await outbox.discard(1);
  assert.deepEqual([outbox.waiting.length, store.queued.length], [0, 0]);
});

test('what the disk does not take is not in the queue', async () => {
  store.broken = 'queue';
  await assert.rejects(outbox.add(one('a')), /disk is full/);
  assert.deepEqual([outbox.waiting.length, posts.length], [0, 0]);
});

test('nothing leaves when the mark that it did can not be kept', async () => {
  store.broken = 'update';
  await outbox.add(one('a'));
  await settled();
  assert.equal(posts.length, 0);
  store.broken = '';
  await time.pass(15_000);
  assert.deepEqual([posts.length, posts[0].again], [1, false]);
});

test('an acked post that can not be kept is asked for again, and kept then', async () => {
  store.broken = 'done';
  await outbox.add(one('a'));
  await settled();
  posts[0].done({msgid: '1'});
  await settled();
  assert.equal(store.queued.length, 1);
  store.broken = '';
  await time.pass(15_000);
  assert.equal(posts[1].again, true);
  posts[1].done({msgid: '1'});
  await settled();
  assert.deepEqual(kept, [['a', '1']]);
});
