// The disk: IndexedDB. The key of this device and all messages are in one database of this site, which other sites can't read.
import type {Kept, MessageStore, OutboxStore} from './store.js';
import type {Book, Entry, SavedAccount, Talk, Waiting} from './types.js';

const name = 'mnm';
const version = 1;
const tables = ['meta', 'entries', 'bodies', 'outbox'] as const;
type Table = typeof tables[number];

export class BrowserStore implements MessageStore, OutboxStore {
  private constructor(private readonly database: IDBDatabase) {}

  static async open(): Promise<BrowserStore> {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => {
      const database = request.result;
      database.createObjectStore('meta');
      database.createObjectStore('entries', {keyPath: 'id'}).createIndex('talk', ['talk', 'id']);
      database.createObjectStore('bodies');
      database.createObjectStore('outbox', {keyPath: 'seq', autoIncrement: true});
    };
    const database = await result(request);
    database.onversionchange = () => database.close(); // another tab erases or upgrades it
    return new BrowserStore(database);
  }

  async load(): Promise<{account?: SavedAccount; book?: Book}> {
    const meta = this.read('meta');
    const [account, book] = await Promise.all([result(meta.get('account')), result(meta.get('book'))]);
    return {...(account ? {account} : {}), ...(book ? {book} : {})};
  }
  saveAccount(account: SavedAccount, book: Book): Promise<void> {
    return this.write(['meta'], (table) => {
      table('meta').put(account, 'account');
      table('meta').put(book, 'book');
    });
  }
  saveBook(book: Book): Promise<void> {
    return this.write(['meta'], (table) => table('meta').put(book, 'book'));
  }

  keep({entry, body, book, moved, sent}: Kept): Promise<void> {
    return this.write([...tables], (table) => {
      const known = table('entries').count(entry.id);
      known.onsuccess = () => {
        if (known.result > 0) return;
        table('entries').put(entry);
        if (body !== undefined) table('bodies').put(body, entry.id);
      };
      table('meta').put(book, 'book');
      if (sent !== undefined) table('outbox').delete(sent);
      if (moved !== undefined) move(table('entries'), moved.from, moved.to);
    });
  }
  entry(id: string): Promise<Entry | undefined> {
    return result(this.read('entries').get(id));
  }
  entries(talk: Talk, count: number, before = '~'): Promise<Entry[]> {
    const range = IDBKeyRange.bound([talk, ''], [talk, before], false, true);
    const cursor = this.read('entries').index('talk').openCursor(range, 'prev');
    const found: Entry[] = [];
    return new Promise((done, failed) => {
      cursor.onerror = () => failed(cursor.error);
      cursor.onsuccess = () => {
        const at = cursor.result;
        if (at === null || found.length === count) return done(found.reverse());
        found.push(at.value as Entry);
        at.continue();
      };
    });
  }
  body(id: string): Promise<Blob | undefined> {
    return result(this.read('bodies').get(id));
  }

  outbox(): Promise<Waiting[]> {
    return result(this.read('outbox').getAll());
  }
  async queue(waiting: Omit<Waiting, 'seq'>): Promise<Waiting> {
    let seq = 0;
    await this.write(['outbox'], (table) => {
      const request = table('outbox').add(waiting);
      request.onsuccess = () => {
        seq = Number(request.result);
      };
    });
    return {...waiting, seq};
  }
  update(waiting: Waiting): Promise<void> {
    return this.write(['outbox'], (table) => table('outbox').put(waiting));
  }
  unqueue(seq: number): Promise<void> {
    return this.write(['outbox'], (table) => table('outbox').delete(seq));
  }

  async erase(): Promise<void> {
    this.database.close();
    await result(indexedDB.deleteDatabase(name));
  }

  private read(table: Table): IDBObjectStore {
    return this.database.transaction(table, 'readonly').objectStore(table);
  }
  // `strict`: the octets are on the disk when it resolves, not only on their way there.
  private write(names: Table[], act: (table: (name: Table) => IDBObjectStore) => unknown): Promise<void> {
    return new Promise((done, failed) => {
      const open = this.database.transaction.bind(this.database) as (names: Table[], mode: string, options: object) => IDBTransaction;
      const transaction = open(names, 'readwrite', {durability: 'strict'});
      transaction.oncomplete = () => done();
      transaction.onabort = () => failed(transaction.error ?? new Error('the browser kept nothing'));
      act((table) => transaction.objectStore(table));
    });
  }
}

function move(entries: IDBObjectStore, from: Talk, to: Talk): void {
  const cursor = entries.index('talk').openCursor(IDBKeyRange.bound([from, ''], [from, '~']));
  cursor.onsuccess = () => {
    const at = cursor.result;
    if (at === null) return;
    at.update({...(at.value as Entry), talk: to});
    at.continue();
  };
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}
