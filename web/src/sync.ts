// The book, or what of it is the same on all of a user's devices, as octets: what a new device can't learn from the relay, which
// answers no questions about aliases, groups and contacts.
//
// Comes from one's own devices alone (the relay vouches for `from`), but perhaps from an older or newer client.
import type {Book, Contact, Group} from './types.js';

export function bookOctets(book: Book): Uint8Array {
  const {aliases, devices, contacts, groups, names} = book;
  const parts = {aliases: [...aliases], devices: [...devices], contacts: [...contacts], groups: [...groups], names: [...names]};
  return new TextEncoder().encode(JSON.stringify(parts));
}

/** Adds what `octets` says to `book`; ignores what is no book, or no part of one. */
export function mergeBook(book: Book, octets: Uint8Array): void {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(octets));
  } catch {
    return;
  }
  if (typeof json !== 'object' || json === null) return;
  const parts = json as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  each(parts['aliases'], 'string', (alias, once) => book.aliases.set(alias as string, once === true));
  each(parts['devices'], 'number', (num, {name, leaving}) => book.devices.set(num as number, {name: text(name), leaving: leaving === true}));
  each(parts['names'], 'string', (uid, name) => book.names.set(uid as string, text(name)));
  each(parts['contacts'], 'string', (uid, {name, alias, accepted, seesMe}) => {
    const contact: Contact = {name: text(name), alias: text(alias), accepted: accepted === true, seesMe: seesMe === true};
    book.contacts.set(uid as string, contact);
    if (contact.alias !== '') book.asked.delete(contact.alias);
  });
  each(parts['groups'], 'string', (gid, {status, alias, members}) => {
    if (status !== 'invited' && status !== 'joined' && status !== 'left') return;
    const known = Array.isArray(members) ? members.filter((member) => typeof member === 'string') : [];
    const one: Group = {status, alias: text(alias), members: known as string[]};
    book.groups.set(gid as string, one);
  });
}

function each(list: unknown, key: 'string' | 'number', take: (key: unknown, value: any) => void): void {
  if (!Array.isArray(list)) return;
  for (const pair of list) if (Array.isArray(pair) && typeof pair[0] === key && pair[1] !== undefined && pair[1] !== null) take(pair[0], pair[1]);
}
