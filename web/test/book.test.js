import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import {fold, nameOf, summarise, titleOf} from '../app/book.js';
import {bookOctets, mergeBook} from '../app/sync.js';
import {bookType, sealHead} from '../app/envelope.js';
import {emptyBook} from '../app/types.js';

const me = 'ME';
let book, count;
beforeEach(() => {
  book = emptyBook();
  count = 0;
});
const take = (message) => fold(book, {id: String(++count), posted: 'P', from: 'B', ...message}, me);
const ping = (more) => take({op: 'ping', alias: 'bob-at-home', to: 'my-alias', text: 'hi', ...more});
function delivery(head, text, more = {}) {
  const sealed = sealHead(head);
  return take({op: 'delivery', datahead: sealed.length, data: new Uint8Array([...sealed, ...new TextEncoder().encode(text)]), ...more});
}

test('a stranger who pings is a contact that is not accepted', () => {
  const {entry} = ping();
  assert.deepEqual([entry.talk, entry.kind, entry.text], ['u:B', 'text', 'hi']);
  assert.deepEqual(book.contacts.get('B'), {name: '', alias: 'bob-at-home', accepted: false, seesMe: false});
});

test('an alias that answers becomes the person, with what was said to it', () => {
  book.asked.set('bob-at-home', 'my-alias');
  book.talks.set('a:bob-at-home', {text: 'hello', at: 'O', unread: 0});
  const {entry, moved} = ping({text: ''});
  assert.deepEqual(moved, {from: 'a:bob-at-home', to: 'u:B'});
  assert.equal(entry.kind, 'note');
  assert.equal(book.contacts.get('B').accepted, true);
  assert.equal(book.asked.size, 0);
  assert.deepEqual([...book.talks.keys()], ['u:B']);
});

test('a single-use alias is gone once it was used', () => {
  book.aliases.set('my-alias', true).set('my-other-alias', false);
  ping();
  assert.deepEqual([...book.aliases.keys()], ['my-other-alias']);
  ping({to: 'my-other-alias'});
  assert.deepEqual([...book.aliases.keys()], ['my-other-alias']);
});

test('a name of the language is a name like any other', () => {
  for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
    book.asked.set(name, 'my-alias');
    ping({from: name, alias: name, text: ''});
    assert.equal(book.contacts.get(name).alias, name);
    assert.equal(titleOf(book, `u:${name}`, me), name);
  }
  assert.equal({}.alias, undefined);
});

test('a post to a group is believed of groups that one is in, and only of those', () => {
  book.groups.set('the-group', {status: 'joined', alias: 'my-alias', members: []});
  book.groups.set('the-old-group', {status: 'left', alias: 'my-alias', members: []});
  const head = {type: 'text/plain'};
  assert.equal(delivery({...head, group: 'the-group'}, 'x').entry.talk, 'g:the-group');
  assert.equal(delivery({...head, group: 'the-old-group'}, 'x').entry.talk, 'u:B');
  assert.equal(delivery({...head, group: 'nobodys-group'}, 'x').entry.talk, 'u:B');
});

test('what another own device sent is where it was sent', () => {
  const head = {type: 'text/plain', to: 'C'};
  assert.equal(delivery(head, 'x', {from: me}).entry.talk, 'u:C');
  assert.equal(delivery(head, 'x').entry.talk, 'u:B', 'a stranger can not put words into another conversation');
});

test('groups: invited, joined, renamed, left, removed', () => {
  const invited = take({op: 'invite', alias: 'bob-at-home', gid: 'the-group', to: 'my-alias', text: 'come'});
  assert.deepEqual([invited.entry.talk, invited.entry.text], ['g:the-group', 'bob-at-home invites you: come']);
  assert.equal(book.groups.get('the-group').status, 'invited');
  assert.equal(nameOf(book, 'B'), 'bob-at-home');
  const member = (more) => take({op: 'member', gid: 'the-group', ...more}).entry.text;
  assert.equal(member({from: me, act: 'join', alias: 'my-alias'}), 'You joined.');
  assert.equal(member({from: 'C', act: 'join', alias: 'carol-there'}), 'carol-there joined.');
  assert.deepEqual(book.groups.get('the-group'), {status: 'joined', alias: 'my-alias', members: ['bob-at-home', 'carol-there']});
  assert.equal(member({from: 'C', act: 'alias', alias: 'carol-there', newalias: 'caroline'}), 'carol-there is caroline here now.');
  assert.equal(member({from: 'C', act: 'drop', alias: 'bob-at-home'}), 'bob-at-home was removed by caroline.'.replace('caroline', nameOf(book, 'C')));
  assert.deepEqual(book.groups.get('the-group').members, ['caroline']);
  assert.equal(member({from: 'C', act: 'drop', alias: 'my-alias'}).startsWith('my-alias was removed by'), true);
  assert.equal(book.groups.get('the-group').status, 'left');
});

test('one does not leave a group when somebody else does', () => {
  book.groups.set('the-group', {status: 'joined', alias: 'my-alias', members: ['bob-at-home']});
  take({op: 'member', gid: 'the-group', act: 'drop', alias: 'bob-at-home'});
  assert.deepEqual(book.groups.get('the-group'), {status: 'joined', alias: 'my-alias', members: []});
});

test('the account, as other devices changed it', () => {
  take({op: 'account', from: me, newnode: 'phone', nodenum: 2});
  take({op: 'account', from: me, newalias: 'a-new-alias', once: true});
  assert.deepEqual(book.devices.get(2), {name: 'phone', leaving: false});
  assert.equal(book.aliases.get('a-new-alias'), true);
  take({op: 'account', from: me, dropnode: 2, dropstate: 'announced'});
  assert.equal(book.devices.get(2).leaving, true);
  take({op: 'account', from: me, dropnode: 2, dropstate: 'vetoed'});
  assert.deepEqual(book.devices.get(2), {name: 'phone', leaving: false});
  take({op: 'account', from: me, dropnode: 2, dropstate: 'dropped'});
  assert.equal(book.devices.size, 0);
});

test('who sees one is the same on all devices', () => {
  ping();
  assert.equal(take({op: 'ohiedit', from: me, type: 'add', for: [{id: 'B'}]}).entry.text, '');
  assert.equal(book.contacts.get('B').seesMe, true);
  take({op: 'ohiedit', from: me, type: 'drop', for: [{id: 'B'}]});
  assert.equal(book.contacts.get('B').seesMe, false);
});

test('an undelivered message is said where it was', () => {
  const message = {op: 'undelivered', id: '9', posted: 'P', from: me, postid: '5', reason: 'queue full', to: ['B']};
  assert.equal(fold(book, message, me, (id) => (id === '5' ? 'u:B' : undefined)).entry.talk, 'u:B');
  assert.equal(fold(book, message, me).entry.talk, '');
});

test('a new device learns the book from the old one, and from nobody else', () => {
  book.aliases.set('my-alias', false);
  book.contacts.set('B', {name: 'Bob', alias: 'bob-at-home', accepted: true, seesMe: true});
  book.groups.set('the-group', {status: 'joined', alias: 'my-alias', members: ['bob-at-home']});
  book.devices.set(1, {name: 'desk', leaving: false});
  const text = new TextDecoder().decode(bookOctets(book));
  const old = book;
  book = emptyBook();
  delivery({type: bookType}, text);
  assert.equal(book.groups.size, 0, 'a stranger sent this one');
  book = emptyBook();
  assert.equal(delivery({type: bookType}, text, {from: me}).entry.talk, '');
  for (const part of ['aliases', 'devices', 'contacts', 'groups']) assert.deepEqual(book[part], old[part]);
});

test('a book that is none changes nothing', () => {
  for (const text of ['', '{', 'null', '7', '{"aliases":7}', '{"groups":[["g"],["h",null],["i",{"status":"king"}],7]}', '{"devices":[["1",{}]]}']) {
    mergeBook(book, new TextEncoder().encode(text));
    assert.deepEqual(book, emptyBook(), text);
  }
});

test('a summary counts what nobody has seen', () => {
  const entry = {id: '1', talk: 'u:B', at: 'P', from: 'B', kind: 'text', text: `long\n  ${'x'.repeat(200)}`};
  summarise(book, entry, me, false);
  summarise(book, entry, me, false);
  assert.equal(book.talks.get('u:B').unread, 2);
  assert.equal(book.talks.get('u:B').text.length, 80);
  summarise(book, entry, me, true);
  summarise(book, {...entry, from: me}, me, false);
  assert.equal(book.talks.get('u:B').unread, 2);
});
