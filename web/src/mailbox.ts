// The account on this device: what the page asks for, what the relay says, and the disk between them. A message is on the disk
// before it is shown, and before the relay hears of it (the client acks once `take` has resolved).
import type {Message, Presence, Target} from '../mnm-client/index.js';
import {accept, contactOf, fold, person, stranger, summarise, type Folded} from './book.js';
import {Connection, type ConnectionOptions, type Standing} from './connection.js';
import {bookType, fileName, sealHead, textType, type Head} from './envelope.js';
import {Outbox} from './outbox.js';
import type {MessageStore, OutboxStore} from './store.js';
import {bookOctets} from './sync.js';
import {emptyBook, type Book, type Entry, type SavedAccount, type Talk, type Waiting} from './types.js';

export interface MailboxPorts {
  store: MessageStore & OutboxStore;
  connect: ConnectionOptions['connect'];
  now(): Date;
  /** Of 128 random bits. */
  token(): string;
  after(ms: number, act: () => void): () => void;
  random(): number;
  /** Whether its reader is looking at this talk. */
  seen(talk: Talk): boolean;
  changed(): void;
  /** A message is kept; `moved`: its talk has another name than before. */
  arrived(entry: Entry, moved?: Folded['moved']): void;
  trouble(text: string): void;
}

export class Mailbox {
  account: SavedAccount | undefined;
  book: Book = emptyBook();
  readonly here = new Set<string>();
  readonly outbox: Outbox;
  private readonly connection: Connection;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly ports: MailboxPorts) {
    this.connection = new Connection({
      connect: ports.connect,
      onMessage: async (message) => {
        try {
          await this.take(message);
        } catch (error) {
          ports.trouble(`This browser could not keep a message; the relay does: ${String(error)}`);
          throw error;
        }
      },
      onPresence: (presence) => this.presence(presence),
      onStanding: (standing) => this.stands(standing),
      after: ports.after,
      random: ports.random,
    });
    this.outbox = new Outbox({
      store: ports.store,
      online: () => this.standing === 'online',
      post: (waiting, again) => this.post(waiting, again),
      done: (waiting, {msgid, posted}) => this.wasPosted(waiting, msgid, posted),
      changed: ports.changed,
      after: ports.after,
    });
  }

  get standing(): Standing {
    return this.connection.standing;
  }
  get me(): string {
    return this.account?.uid ?? '';
  }

  // ---------------------------------------------------------------------------------------------- coming and going

  /** Whether this browser has an account. */
  async start(): Promise<boolean> {
    const {account, book} = await this.ports.store.load();
    if (account === undefined) return false;
    this.account = account;
    this.book = book ?? emptyBook();
    await this.outbox.open();
    this.connection.keep(account);
    return true;
  }
  async register(device: string, alias: string): Promise<void> {
    const fresh = await this.connection.register(device, alias === '' ? undefined : alias);
    const book = emptyBook();
    book.devices.set(fresh.nodenum, {name: device, leaving: false});
    if (alias !== '' && fresh.aliasError === undefined) book.aliases.set(alias, false);
    await this.begin(fresh, book);
    if (fresh.aliasError !== undefined) this.ports.trouble(`You have an account, but not the alias: ${fresh.aliasError}`);
  }
  /** With the key that another device made for this one. */
  async login(account: SavedAccount): Promise<void> {
    const entered = this.connection.enter(account);
    // First in turn: messages are kept behind the account that they are for.
    await this.inTurn(async () => {
      await entered;
      await this.begin(account, emptyBook());
    });
  }
  comeBack(): void {
    if (this.account !== undefined) this.connection.keep(this.account);
  }
  hurry(): void {
    this.connection.hurry();
  }
  async forget(): Promise<void> {
    this.connection.end();
    await this.ports.store.erase();
  }

  private async begin({uid, nodeid, nodenum}: SavedAccount, book: Book): Promise<void> {
    this.account = {uid, nodeid, nodenum};
    this.book = book;
    await this.ports.store.saveAccount(this.account, book);
    this.ports.changed();
  }
  private stands(standing: Standing): void {
    if (standing !== 'online') this.here.clear();
    this.ports.changed();
    if (standing !== 'online') return;
    // Another window of this browser may have been the device until now: what it kept comes first.
    void this.inTurn(async () => {
      const {book} = await this.ports.store.load();
      if (book !== undefined && this.account !== undefined) this.book = book;
    });
    this.outbox.wake();
    const friends = [...this.book.contacts].filter(([, {accepted, seesMe}]) => accepted && seesMe).map(([uid]) => uid);
    // A turn later: the client is about to repeat what waits for an answer, and would repeat this as well.
    queueMicrotask(() => void this.showPresence('init', friends));
  }
  // What fails is shown at the next login.
  private async showPresence(type: 'add' | 'init', uids: string[]): Promise<void> {
    if (uids.length > 0) await this.client.showPresence(type, uids).catch(() => undefined);
  }
  private presence({uid, here}: Presence): void {
    if (here) this.here.add(uid);
    else this.here.delete(uid);
    this.ports.changed();
  }

  // ------------------------------------------------------------------------------------------------ what the relay says

  private take(message: Message): Promise<void> {
    return this.inTurn(async () => {
      const {store} = this.ports;
      if ((await store.entry(message.id)) !== undefined) return;
      const about = message.op === 'undelivered' ? await store.entry(message.postid) : undefined;
      const book = structuredClone(this.book);
      const folded = fold(book, message, this.me, () => about?.talk);
      await this.keep(book, folded);
      if (folded.moved !== undefined) void this.showPresence('add', [message.from]);
    });
  }
  private async keep(book: Book, {entry, content, moved}: Folded): Promise<void> {
    summarise(book, entry, this.me, this.ports.seen(entry.talk));
    const body = entry.kind === 'file' && content !== undefined ? new Blob([content]) : undefined;
    await this.ports.store.keep({entry, book, ...(body ? {body} : {}), ...(moved ? {moved} : {})});
    this.book = book;
    this.ports.arrived(entry, moved);
    this.ports.changed();
  }
  private wasPosted(waiting: Waiting, id: string, at: string): Promise<void> {
    return this.inTurn(async () => {
      const {kind} = waiting.entry;
      const entry: Entry = {...waiting.entry, id, at, talk: waiting.talk, from: this.me};
      const known = (await this.ports.store.entry(id)) !== undefined; // to oneself: the delivery was faster
      const book = structuredClone(this.book);
      if (!known) summarise(book, entry, this.me, true);
      const body = kind === 'file' ? waiting.data.slice(waiting.headBytes) : undefined;
      await this.ports.store.keep({entry, book, sent: waiting.seq, ...(body ? {body} : {})});
      this.book = book;
      if (!known) this.ports.arrived(entry);
    });
  }
  // One after the other: each begins with the book that the one before left.
  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(act);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  // ---------------------------------------------------------------------------------------------------- what one says

  async say(talk: Talk, text: string): Promise<void> {
    await this.write(talk, {type: textType}, new Blob([text]), {kind: 'text', text});
  }
  async sendFile(talk: Talk, file: File): Promise<void> {
    const type = /^[a-z]+\/[a-z0-9.+-]{1,80}$/.test(file.type) ? file.type : 'application/octet-stream';
    const name = fileName(file.name);
    await this.write(talk, {type, name}, file, {kind: 'file', text: name, file: {type, size: file.size}});
  }
  /** To one's own other devices: all that this one knows. */
  async tellOwnDevices(): Promise<void> {
    if (this.book.devices.size < 2) return;
    await this.write('', {type: bookType}, new Blob([bookOctets(this.book)]), {kind: 'note', text: 'This device told your others what it knows.'});
  }

  private async write(talk: Talk, head: Head, content: Blob, entry: Waiting['entry']): Promise<void> {
    const name = talk.slice(2);
    const to: Target[] = talk === '' ? [] : talk.startsWith('g:') ? [{group: name}] : [name];
    const where = talk === '' ? {} : talk.startsWith('g:') ? {group: name} : {to: name};
    const sealed = sealHead({...head, ...where});
    const data = new Blob([sealed, content]);
    const at = this.ports.now().toISOString();
    await this.outbox.add({request: this.ports.token(), talk, to, data, headBytes: sealed.length, entry, at, sent: false, error: ''});
  }
  private async post({to, data, headBytes, request}: Waiting, again: boolean) {
    const octets = new Uint8Array(await data.arrayBuffer());
    return this.client.post(to, octets, {id: request, again, headBytes});
  }

  // ------------------------------------------------------------------------------------- people, groups, devices, aliases

  get client() {
    const {client} = this.connection;
    if (client === undefined) throw new Error('not logged in');
    return client;
  }

  /** Says hello to an alias that isn't known yet. Resolves to where that is. */
  async greet(from: string, alias: string, text: string): Promise<Talk> {
    const {msgid, posted} = await this.client.ping(from, alias, text);
    const talk = stranger(alias);
    const entry: Entry = {id: msgid, talk, at: posted, from: this.me, kind: text === '' ? 'note' : 'text', text: text || `You said hello to ${alias}.`};
    await this.inTurn(async () => {
      const book = structuredClone(this.book);
      book.asked.set(alias, from);
      await this.keep(book, {entry});
    });
    return talk;
  }
  /** Answers somebody's first word, so that they know whom it reached, and may see that one is here. */
  async accept(uid: string, from: string | undefined): Promise<void> {
    const {alias} = contactOf(this.book, uid);
    if (from !== undefined && alias !== '') await this.client.ping(from, alias, '');
    await this.change((book) => accept(contactOf(book, uid)));
    void this.showPresence('add', [uid]);
    await this.tellOwnDevices();
  }
  async rename(uid: string, name: string): Promise<void> {
    await this.change((book) => {
      contactOf(book, uid).name = name;
    });
    await this.tellOwnDevices();
  }
  async showMeTo(uid: string, seesMe: boolean): Promise<void> {
    await this.client.showPresence(seesMe ? 'add' : 'drop', [uid]);
    await this.change((book) => {
      contactOf(book, uid).seesMe = seesMe;
    });
  }
  talkTo(uid: string): Promise<void> {
    return this.change((book) => {
      if (uid !== this.me) contactOf(book, uid).accepted = true;
      if (!book.talks.has(person(uid))) book.talks.set(person(uid), {text: '', at: this.ports.now().toISOString(), unread: 0});
    });
  }

  async invite(gid: string, from: string, alias: string, text: string): Promise<void> {
    await this.client.invite(gid, from, alias, text);
    await this.change((book) => {
      const old = book.groups.get(gid);
      book.groups.set(gid, {status: 'joined', alias: old?.alias || from, members: old?.members ?? []});
    });
  }
  async join(gid: string): Promise<void> {
    await this.client.join(gid);
    await this.setStatus(gid, 'joined');
  }
  async leave(gid: string): Promise<void> {
    await this.client.dropMember(gid, this.book.groups.get(gid)?.alias ?? '');
    await this.setStatus(gid, 'left');
  }
  private async setStatus(gid: string, status: 'joined' | 'left'): Promise<void> {
    await this.change((book) => {
      const one = book.groups.get(gid);
      if (one !== undefined) one.status = status;
    });
    await this.tellOwnDevices();
  }

  async addAlias(alias: string, once: boolean): Promise<void> {
    await this.client.addAlias(alias, once);
    await this.change((book) => book.aliases.set(alias, once));
  }
  async dropAlias(alias: string): Promise<void> {
    await this.client.dropAlias(alias);
    await this.change((book) => book.aliases.delete(alias));
  }
  async addDevice(name: string): Promise<SavedAccount> {
    const {uid, nodeid, nodenum} = await this.client.addNode(name);
    await this.change((book) => book.devices.set(nodenum, {name, leaving: false}));
    await this.tellOwnDevices();
    return {uid, nodeid, nodenum};
  }
  /** An older device than this one leaves after some days, unless it is kept; others at once. */
  async dropDevice(nodenum: number): Promise<void> {
    await this.client.dropNode(nodenum);
    const older = nodenum < (this.account?.nodenum ?? 0);
    await this.change((book) => {
      const one = book.devices.get(nodenum);
      if (one !== undefined && older) one.leaving = true;
      else book.devices.delete(nodenum);
    });
  }
  async keepDevice(nodenum: number): Promise<void> {
    await this.client.keepNode(nodenum);
    await this.change((book) => {
      const one = book.devices.get(nodenum);
      if (one !== undefined) one.leaving = false;
    });
  }

  async read(talk: Talk): Promise<void> {
    if ((this.book.talks.get(talk)?.unread ?? 0) === 0) return;
    await this.change((book) => {
      const summary = book.talks.get(talk);
      if (summary !== undefined) summary.unread = 0;
    });
  }
  private change(edit: (book: Book) => unknown): Promise<void> {
    return this.inTurn(async () => {
      const book = structuredClone(this.book);
      edit(book);
      await this.ports.store.saveBook(book);
      this.book = book;
      this.ports.changed();
    });
  }
}
