// What the logic asks of a disk. Each call is one transaction: all of it is kept, or it rejects and nothing is.
import type {Book, Entry, SavedAccount, Talk, Waiting} from './types.js';

/** A message, and the book with it in it. */
export interface Kept {
  entry: Entry;
  body?: Blob;
  book: Book;
  /** All of one talk goes to another. */
  moved?: {from: Talk; to: Talk};
  /** The waiting post that it was. */
  sent?: number;
}

export interface MessageStore {
  load(): Promise<{account?: SavedAccount; book?: Book}>;
  saveAccount(account: SavedAccount, book: Book): Promise<void>;
  saveBook(book: Book): Promise<void>;
  /** Resolves once it is durable. A message whose id is known stays as it was; the rest is done all the same. */
  keep(kept: Kept): Promise<void>;
  entry(id: string): Promise<Entry | undefined>;
  /** The last `count` of a talk, or of those before an id; in order. */
  entries(talk: Talk, count: number, before?: string): Promise<Entry[]>;
  body(id: string): Promise<Blob | undefined>;
  erase(): Promise<void>;
}

export interface OutboxStore {
  outbox(): Promise<Waiting[]>;
  /** Gives it its number; resolves once it is durable. */
  queue(waiting: Omit<Waiting, 'seq'>): Promise<Waiting>;
  update(waiting: Waiting): Promise<void>;
  unqueue(seq: number): Promise<void>;
}
