// What the client knows and keeps. All of it can be cloned into IndexedDB. Maps, not objects: their keys are names that strangers
// chose, `__proto__` for example.
import type {Account, Target} from '../mnm-client/index.js';

/** Where a message belongs: `u:` and a uid, `g:` and a group, `a:` and an alias that hasn't answered; empty: the account itself. */
export type Talk = string;

export interface SavedAccount extends Account {
  nodenum: number;
}
export interface Contact {
  /** As its owner calls it here; empty: by alias. */
  name: string;
  /** The relay vouches that it is this user's; empty: none is known. */
  alias: string;
  accepted: boolean;
  /** May see when one is here. */
  seesMe: boolean;
}
export interface Group {
  status: 'invited' | 'joined' | 'left';
  /** One's own in it. */
  alias: string;
  /** Of others, as far as this device has heard of them. */
  members: string[];
}
export interface Summary {
  text: string;
  at: string;
  unread: number;
}
/** All that is known but the messages themselves. */
export interface Book {
  /** The value: single-use. */
  aliases: Map<string, boolean>;
  /** By number. */
  devices: Map<number, {name: string; leaving: boolean}>;
  /** By uid. */
  contacts: Map<string, Contact>;
  /** Aliases that were pinged and haven't answered; the value: one's own alias that was shown. */
  asked: Map<string, string>;
  groups: Map<string, Group>;
  /** Uids of people who are no contacts, and what groups know them as. */
  names: Map<string, string>;
  talks: Map<Talk, Summary>;
}
export const emptyBook = (): Book => ({
  aliases: new Map(),
  devices: new Map(),
  contacts: new Map(),
  asked: new Map(),
  groups: new Map(),
  names: new Map(),
  talks: new Map(),
});

/** A message as it is kept. */
export interface Entry {
  /** The relay's: rises, and is what duplicates are known by. */
  id: string;
  talk: Talk;
  at: string;
  from: string;
  /** text, file: what somebody wrote; note: what happened. */
  kind: 'text' | 'file' | 'note';
  /** Of a file: its name. */
  text: string;
  file?: {type: string; size: number};
}

/** A post on its way: kept until the relay has acked it. */
export interface Waiting {
  seq: number;
  /** The request's id, the same however often it is sent. */
  request: string;
  talk: Talk;
  to: Target[];
  data: Blob;
  headBytes: number;
  entry: Pick<Entry, 'kind' | 'text' | 'file'>;
  at: string;
  /** It may have reached the relay before. */
  sent: boolean;
  /** Why the relay refused it for good; empty: it didn't. */
  error: string;
}
