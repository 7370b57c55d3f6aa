import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {Mailbox} from '../app/mailbox.js';
import {FakeRelay, FakeTime, MemoryStore, settled} from './house.js';

const account = {uid: 'U', nodeid: 'N', nodenum: 1};
let store, relay, time, mailbox, arrived, troubles, tokens;

function make() {
  return new Mailbox({
    store,
    connect: relay.connect,
    now: () => new Date(0),
    token: () => `token-${++tokens}`,
    after: time.after,
    random: () => 0.5,
    seen: () => false,
    changed: () => undefined,
    arrived: (entry) => arrived.push(entry),
    trouble: (text) => troubles.push(text),
  });
}
beforeEach(() => {
  store = new MemoryStore();
  relay = new FakeRelay();
  time = new FakeTime();
  arrived = [];
  troubles = [];
  tokens = 0;
  mailbox = make();
});

async function registered() {
  const done = mailbox.register('desk', 'alice-at-home');
  await settled();
  relay.taken();
  relay.say({op: 'registered', uid: 'U', nodeid: 'N', nodenum: 1});
  relay.say({op: 'info', info: 'login ok'});
  await done;
}
async function online() {
  await settled();
  relay.say({op: 'info', info: 'login ok'});
  await settled();
}
const octets = (text) => new TextEncoder().encode(text);
const deliver = (id, text) => relay.say({op: 'delivery', id, from: 'B', posted: 'P'}, octets(text));
const acks = () => relay.taken().filter(({op}) => op === 7).map(({id}) => id);

test('an account is kept, and comes back by itself', async () => {
  await registered();
  assert.deepEqual(store.account, account);
  assert.deepEqual([...store.book.aliases.keys()], ['alice-at-home']);
  mailbox = make();
  assert.equal(await mailbox.start(), true);
  await settled();
  assert.deepEqual(relay.taken()[0], {op: 3, uid: 'U', node: 'N', data: ''});
});

test('without an account there is nothing to come back to', async () => {
  assert.equal(await mailbox.start(), false);
  assert.equal(relay.links.length, 0);
});

test('an alias that was not given is not one, and one is told', async () => {
  const done = mailbox.register('desk', 'taken-by-others');
  await settled();
  relay.say({op: 'registered', uid: 'U', nodeid: 'N', nodenum: 1, error: 'already taken'});
  relay.say({op: 'info', info: 'login ok'});
  await done;
  assert.equal(mailbox.book.aliases.size, 0);
  assert.match(troubles[0], /already taken/);
});

test('a relay that is not there yet is tried again; one that says no is not', async () => {
  store.account = account;
  relay.refuse = true;
  await mailbox.start();
  await settled();
  assert.equal(mailbox.standing, 'offline');
  relay.refuse = false;
  await time.pass(2_000);
  assert.equal(relay.links.length, 1);
  relay.say({op: 'quit', info: 'login failed'});
  await time.pass(600_000);
  assert.deepEqual([mailbox.standing, relay.links.length], ['refused', 1]);
});

test('a wrong device key leaves no account behind', async () => {
  const done = mailbox.login(account);
  await settled();
  relay.say({op: 'quit', info: 'login failed'});
  await assert.rejects(done, /login failed/);
  assert.equal(store.account, undefined);
});

test('messages that come with the first login are kept behind the account', async () => {
  const done = mailbox.login(account);
  await settled();
  relay.say({op: 'info', info: 'login ok'});
  deliver('1', 'hi');
  await done;
  await settled();
  assert.deepEqual(store.calls.slice(0, 2), ['saveAccount', 'keep']);
  assert.equal(mailbox.book.talks.get('u:B').unread, 1);
});

test('a message is acked once it is kept, and not when it can not be', async () => {
  await registered();
  store.broken = 'keep';
  deliver('1', 'hi');
  await settled();
  assert.deepEqual(acks(), []);
  assert.match(troubles[0], /could not keep a message/);
  assert.equal(arrived.length, 0);
  assert.equal(mailbox.book.talks.size, 0, 'and nothing of it is in the book');
  store.broken = '';
  deliver('1', 'hi');
  await settled();
  assert.deepEqual([acks(), arrived.length], [['1'], 1]);
});

test('a message that comes twice is there once, also to the next page', async () => {
  await registered();
  deliver('1', 'hi');
  await settled();
  mailbox = make();
  await mailbox.start();
  await online();
  relay.taken();
  deliver('1', 'hi');
  await settled();
  assert.deepEqual(acks(), ['1']);
  assert.deepEqual([arrived.length, store.messages.size, mailbox.book.talks.get('u:B').unread], [1, 1, 1]);
});

test('a post survives the page, and becomes a message when it is acked', async () => {
  await registered();
  relay.cut();
  await mailbox.say('u:B', 'hello');
  mailbox = make();
  await mailbox.start();
  assert.equal(mailbox.outbox.waiting.length, 1);
  await online();
  const [, post] = relay.taken();
  assert.deepEqual([post.op, post.id, post.for, post.retry], [5, 'token-1', [{id: 'B', type: 1}], undefined]);
  assert.equal(post.data, '{"type":"text/plain","to":"B"}hello');
  assert.equal(post.datahead, post.data.length - 5);
  relay.say({op: 'ack', id: 'token-1', ok: 'ok', msgid: '7', posted: 'P'});
  await settled();
  assert.deepEqual(store.messages.get('7'), {id: '7', at: 'P', talk: 'u:B', from: 'U', kind: 'text', text: 'hello'});
  assert.deepEqual([store.queued.length, arrived.length], [0, 1]);
});

test('a post whose ack was lost says so when it is sent again', async () => {
  await registered();
  await mailbox.say('g:the-group', 'hello');
  await settled();
  assert.deepEqual(relay.taken()[0].for, [{id: 'the-group', type: 3}]);
  mailbox = make();
  await mailbox.start();
  await online();
  assert.deepEqual(relay.taken().slice(1).map(({id, retry}) => [id, retry]), [['token-1', true]]);
});

test('a word to oneself is there once, whichever comes first', async () => {
  for (const [id, ackFirst] of [['1', true], ['2', false]]) {
    if (id === '1') await registered();
    await mailbox.say('u:U', 'remember');
    await settled();
    const {data, datahead, id: request} = relay.taken().find(({op}) => op === 5);
    const ack = () => relay.say({op: 'ack', id: request, ok: 'ok', msgid: id, posted: 'P'});
    const delivery = () => relay.say({op: 'delivery', id, from: 'U', posted: 'P', datahead}, octets(data));
    for (const act of ackFirst ? [ack, delivery] : [delivery, ack]) {
      act();
      await settled();
    }
    assert.equal(arrived.filter((entry) => entry.id === id).length, 1);
    assert.equal(store.messages.get(id).talk, 'u:U');
  }
  assert.equal(store.queued.length, 0);
});

test('a file is kept with its octets, at both ends', async () => {
  await registered();
  const file = new Blob([new Uint8Array([1, 2, 255])], {type: 'text/html;x'});
  await mailbox.sendFile('u:B', Object.assign(file, {name: 'a/b.bin'})); // Node.js 18 has no File
  await settled();
  const {id} = relay.taken().find(({op}) => op === 5);
  relay.say({op: 'ack', id, ok: 'ok', msgid: '1', posted: 'P'});
  await settled();
  assert.deepEqual(store.messages.get('1').file, {type: 'application/octet-stream', size: 3});
  assert.equal(store.messages.get('1').text, 'a_b.bin');
  relay.say({op: 'delivery', id: '2', from: 'B', posted: 'P'}, new Uint8Array([1, 2, 255]));
  await settled();
  for (const each of ['1', '2']) assert.deepEqual([...new Uint8Array(await store.bodies.get(each).arrayBuffer())], [1, 2, 255]);
});

test('hello, and the answer: each knows the other, and is seen', async () => {
  await registered();
  const greeting = mailbox.greet('alice-at-home', 'bob-at-home', 'hello');
  await settled();
  const [ping] = relay.taken();
  relay.say({op: 'ack', id: ping.id, ok: 'ok', msgid: '1', posted: 'P'});
  assert.equal(await greeting, 'a:bob-at-home');
  relay.say({op: 'ping', id: '2', from: 'bob-at-home', uid: 'B', to: 'alice-at-home', posted: 'P'});
  await settled();
  assert.equal(store.messages.get('1').talk, 'u:B');
  assert.equal(mailbox.book.contacts.get('B').accepted, true);
  assert.deepEqual(relay.taken().filter(({op}) => op === 9).map(({type, for: list}) => [type, list]), [['add', [{id: 'B'}]]]);
  relay.cut();
  mailbox.comeBack();
  await online();
  assert.deepEqual(relay.taken().filter(({op}) => op === 9).map(({type, retry}) => [type, retry]), [['init', undefined]]);
});

test('who is here is forgotten with the link', async () => {
  await registered();
  relay.say({op: 'ohi', from: 'B', status: 1});
  assert.deepEqual([...mailbox.here], ['B']);
  relay.cut();
  assert.deepEqual([...mailbox.here], []);
});

test('a further device is told what this one knows', async () => {
  await registered();
  const adding = mailbox.addDevice('phone');
  await settled();
  const [edit] = relay.taken();
  assert.equal(edit.newnode, 'phone');
  relay.say({op: 'updated', ok: 'ok', nodeid: 'M', nodenum: 2});
  assert.deepEqual(await adding, {uid: 'U', nodeid: 'M', nodenum: 2});
  await settled();
  const [post] = relay.taken();
  assert.deepEqual([post.op, post.for], [5, []]);
  assert.match(post.data, /alice-at-home/);
  assert.doesNotMatch(post.data, /"N"/, 'but not its key');
});

test('what another window has kept is not lost when this one comes back', async () => {
  await registered();
  relay.say({op: 'quit', info: 'replaced by a new login'});
  await settled();
  store.book.contacts.set('C', {name: 'Carol', alias: '', accepted: true, seesMe: false});
  mailbox.comeBack();
  await online();
  deliver('1', 'hi');
  await settled();
  assert.equal(mailbox.book.contacts.get('C').name, 'Carol');
  assert.equal(store.book.contacts.get('C').name, 'Carol');
});

test('another window takes over, and this one does not fight', async () => {
  await registered();
  relay.say({op: 'quit', info: 'replaced by a new login'});
  await time.pass(600_000);
  assert.deepEqual([mailbox.standing, relay.links.length], ['replaced', 1]);
  mailbox.comeBack();
  await online();
  assert.equal(mailbox.standing, 'online');
});
