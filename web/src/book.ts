// How the book changes with each message: a fold, without clock or storage. The message's place among the others comes out, too.
import type {Delivery, Member, Message, Notify, Ping} from '../mnm-client/index.js';
import {bookType, open} from './envelope.js';
import {mergeBook} from './sync.js';
import type {Book, Contact, Entry, Group, Talk} from './types.js';

export interface Folded {
  entry: Entry;
  content?: Uint8Array;
  /** A person's first answer: what was said to the alias belongs to the uid now. */
  moved?: {from: Talk; to: Talk};
}
/** Of the message that an `undelivered` is about: where it is. */
export type TalkOf = (id: string) => Talk | undefined;

export const person = (uid: string): Talk => `u:${uid}`;
export const group = (gid: string): Talk => `g:${gid}`;
export const stranger = (alias: string): Talk => `a:${alias}`;

const previewMax = 80;

/** Changes `book`. `me`: one's own uid. */
export function fold(book: Book, message: Message, me: string, talkOf: TalkOf = () => undefined): Folded {
  const {id, posted: at, from} = message;
  const entry = (talk: Talk, part: Pick<Entry, 'kind' | 'text' | 'file'>): Entry => ({id, talk, at, from, ...part});
  const note = (talk: Talk, text: string): Folded => ({entry: entry(talk, {kind: 'note', text})});
  switch (message.op) {
    case 'delivery':
    case 'notify': {
      const opened = open(message.data, message.op === 'delivery' ? headBytesOf(message) : 0);
      if (opened.type === bookType && from === me) {
        mergeBook(book, opened.content);
        return note('', 'Another of your devices told this one what it knows.');
      }
      const talk = talkOfPost(book, message, opened, me);
      return {entry: entry(talk, opened.entry), content: opened.content};
    }
    case 'ping':
      return foldPing(book, message, me, (talk, text, kind = 'text') => entry(talk, {kind, text}));
    case 'invite': {
      if (from === me) return note(group(message.gid), `You invited ${message.to}.`);
      learn(book, from, message.alias);
      const old = book.groups.get(message.gid);
      book.groups.set(message.gid, {status: 'invited', alias: message.to, members: [...new Set([...(old?.members ?? []), message.alias])]});
      return note(group(message.gid), `${message.alias} invites you${message.text ? `: ${message.text}` : '.'}`);
    }
    case 'member':
      return note(group(message.gid), foldMember(book, message, me));
    case 'account':
      return note('', foldAccount(book, message));
    case 'login':
      return note('', `${deviceName(book, message.nodenum)} has logged in.`);
    case 'ohiedit':
      for (const {id: uid} of message.for) if (message.type !== 'init') contactOf(book, uid).seesMe = message.type === 'add';
      return note('', ''); // nothing that people want to read
    case 'undelivered':
      return note(talkOf(message.postid) ?? '', `Not delivered to ${message.to.map((uid) => nameOf(book, uid)).join(', ')}: ${message.reason}`);
  }
}

/** After a message is kept: what the list of talks says of it. `seen`: its reader is looking. */
export function summarise(book: Book, entry: Entry, me: string, seen: boolean): void {
  const old = book.talks.get(entry.talk);
  const unread = seen || entry.from === me ? 0 : 1;
  const text = Array.from(entry.text.replace(/\s+/g, ' ')).slice(0, previewMax).join('');
  book.talks.set(entry.talk, {text, at: entry.at, unread: (old?.unread ?? 0) + unread});
}

export function nameOf(book: Book, uid: string): string {
  const contact = book.contacts.get(uid);
  return contact?.name || contact?.alias || book.names.get(uid) || `${uid.slice(0, 8)}…`;
}
export function titleOf(book: Book, talk: Talk, me: string): string {
  const name = talk.slice(2);
  if (!talk.startsWith('u:')) return name;
  return name === me ? 'Notes to myself' : nameOf(book, name);
}
export function deviceName(book: Book, nodenum: number): string {
  return book.devices.get(nodenum)?.name || `Device ${nodenum}`;
}

export function contactOf(book: Book, uid: string): Contact {
  const known = book.contacts.get(uid);
  if (known !== undefined) return known;
  const fresh: Contact = {name: '', alias: book.names.get(uid) ?? '', accepted: false, seesMe: false};
  book.contacts.set(uid, fresh);
  return fresh;
}
export function accept(contact: Contact): void {
  contact.accepted = true;
  contact.seesMe = true;
}

function headBytesOf(message: Delivery): number {
  return typeof message.datahead === 'number' ? message.datahead : 0;
}

// The sender says which group a post went to, and the relay doesn't: so it is believed only of groups that one is in.
function talkOfPost(book: Book, {from}: Delivery | Notify, head: {to?: string; group?: string}, me: string): Talk {
  if (head.group !== undefined && book.groups.get(head.group)?.status === 'joined') return group(head.group);
  if (from === me) return person(head.to ?? me);
  contactOf(book, from);
  return person(from);
}

function foldPing(book: Book, ping: Ping, me: string, entry: (talk: Talk, text: string, kind?: 'text' | 'note') => Entry): Folded {
  const {from, alias, to, text} = ping;
  if (from === me) return foldOwnPing(book, ping, entry);
  if (book.aliases.get(to) === true) book.aliases.delete(to); // it was for once
  const contact = contactOf(book, from);
  contact.alias = alias;
  const talk = person(from);
  const asked = book.asked.delete(alias);
  if (asked) accept(contact);
  const what = text === '' ? entry(talk, asked ? `${alias} has answered. You can write now.` : `${alias} says hello.`, 'note') : entry(talk, text);
  if (!asked) return {entry: what};
  const moved = {from: stranger(alias), to: talk};
  const summary = book.talks.get(moved.from);
  book.talks.delete(moved.from);
  if (summary !== undefined) book.talks.set(talk, summary);
  return {entry: what, moved};
}

// Sent by another of one's own devices.
function foldOwnPing(book: Book, {alias, to, text}: Ping, entry: (talk: Talk, text: string, kind?: 'text' | 'note') => Entry): Folded {
  for (const [uid, contact] of book.contacts) {
    if (contact.alias !== to) continue;
    accept(contact);
    return {entry: text === '' ? entry(person(uid), `You have answered ${to}.`, 'note') : entry(person(uid), text)};
  }
  book.asked.set(to, alias);
  return {entry: text === '' ? entry(stranger(to), `You said hello to ${to}.`, 'note') : entry(stranger(to), text)};
}

function learn(book: Book, uid: string, alias: string): void {
  const contact = book.contacts.get(uid);
  if (contact === undefined) book.names.set(uid, alias);
  else if (contact.alias === '') contact.alias = alias;
}

function foldMember(book: Book, {from, act, gid, alias, newalias}: Member, me: string): string {
  const known: Group = book.groups.get(gid) ?? {status: 'joined', alias: '', members: []};
  const mine = from === me && act !== 'invite' && (act === 'join' || alias === known.alias);
  const others = known.members.filter((each) => each !== alias);
  const next: Group = {...known, members: act === 'drop' || mine ? others : [...others, newalias ?? alias]};
  if (mine && act === 'join') Object.assign(next, {status: 'joined', alias});
  if (mine && act === 'alias') next.alias = newalias ?? alias;
  if (act === 'drop' && (mine || alias === known.alias)) next.status = 'left';
  book.groups.set(gid, next);
  if (!mine && (act === 'join' || act === 'alias')) learn(book, from, newalias ?? alias);
  const who = mine ? 'You' : alias;
  const by = from === me ? 'you' : nameOf(book, from);
  if (act === 'invite') return `${alias} was invited by ${by}.`;
  if (act === 'join') return mine ? 'You joined.' : `${who} joined.`;
  if (act === 'alias') return mine ? `You are ${newalias ?? ''} here now.` : `${alias} is ${newalias ?? ''} here now.`;
  return mine || nameOf(book, from) === alias ? `${who} left.` : `${alias} was removed by ${by}.`;
}

interface AccountChange {
  newnode?: string;
  nodenum?: number;
  newalias?: string;
  once?: boolean;
  dropalias?: string;
  dropnode?: number;
  dropstate?: 'announced' | 'vetoed' | 'dropped';
}
function foldAccount(book: Book, change: AccountChange): string {
  const said: string[] = [];
  if (change.nodenum !== undefined) {
    book.devices.set(change.nodenum, {name: change.newnode ?? '', leaving: false});
    said.push(`The device “${change.newnode ?? change.nodenum}” was added.`);
  }
  if (change.newalias !== undefined) {
    book.aliases.set(change.newalias, change.once === true);
    said.push(`The alias ${change.newalias} was added.`);
  }
  if (change.dropalias !== undefined) {
    book.aliases.delete(change.dropalias);
    said.push(`The alias ${change.dropalias} was given up.`);
  }
  if (change.dropnode !== undefined) {
    const name = deviceName(book, change.dropnode);
    const state = change.dropstate ?? 'dropped';
    if (state === 'dropped') book.devices.delete(change.dropnode);
    else book.devices.set(change.dropnode, {name, leaving: state === 'announced'});
    const words = {announced: 'is to be removed, unless one of your devices keeps it', vetoed: 'is kept', dropped: 'was removed'};
    said.push(`The device “${name}” ${words[state]}.`);
  }
  return said.join(' ') || 'The account was changed.';
}
