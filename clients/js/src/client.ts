// A node of a user: logs in, comes back when the link is lost, sends requests until they are answered, and acks messages
// once they were handled.
import {encodeFrame, FrameReader, ProtocolError, type Frame, type Header} from './frame.js';
import type {Connect, Link} from './link.js';
import {toMessage, type Message, type Presence} from './message.js';
import {Pending, RequestError, type Answer} from './pending.js';

/** What a node logs in with. `nodeid` is its password: 200 random bits, to be kept as such. */
export interface Account {
  uid: string;
  nodeid: string;
}
export interface NewAccount extends Account {
  nodenum: number;
  /** Why the alias asked for was not given; the account is there all the same. */
  aliasError?: string;
}
/** A message is durable at the relay: its id there, and when that was. */
export interface Posted {
  msgid: string;
  posted: string;
}
/** A uid, or a group: with `self`, also one's own node gets it. */
export type Target = string | {group: string; self?: boolean};

export interface PostOptions {
  /** So many octets at the front of the data describe the rest: the protocol's `datahead`. */
  headBytes?: number;
  /** The request's id, for who keeps requests on a disk: what is asked again under the same id, with the same content, by the
   *  same node, is stored once. */
  id?: string;
  /** An earlier client of this node may have sent it. */
  again?: boolean;
}

/** offline: not logged in, and trying; ended: for good. */
export type State = 'new' | 'connecting' | 'online' | 'offline' | 'ended';

/** Time and chance; to be replaced in tests. */
export interface Surroundings {
  after(ms: number, act: () => void): () => void;
  random(): number;
}

export interface ClientOptions {
  connect: Connect;
  /** Called for each message, in order; it is acked once what this returns has resolved. If that rejects, the relay keeps the
   *  message and delivers it again at the next login. Repeats are possible: after a crash, say, between handling and ack. */
  onMessage?: (message: Message) => void | Promise<void>;
  onPresence?: (presence: Presence) => void;
  onState?: (state: State, reason: string) => void;
  /** The longest body that is taken, octets; it is held in memory. 256 MiB. */
  dataBytesMax?: number;
  /** How often the relay hears of a link that is idle, milliseconds; 0 = never. 50 s. */
  pulse_ms?: number;
  surroundings?: Surroundings;
}

const op = {register: 1, userEdit: 2, login: 3, groupEdit: 4, post: 5, ping: 6, ack: 7, quit: 8, ohi: 9, pulse: 10};
const dataBytesDefault = 256 * 1024 * 1024;
const pulseDefault_ms = 50_000;
const backoffMin_ms = 500;
const backoffMax_ms = 60_000;
const recentMax = 10_000;
// After these words a new try would end as the last one did, or throw another device of the same node out.
const lastWords = ['login failed', 'corrupt base32 value', 'replaced by a new login', 'logout ok'];
const utf8 = new TextEncoder();

const ordinary: Surroundings = {
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

export class Client {
  private readonly surroundings: Surroundings;
  private readonly pending: Pending;
  private state: State = 'new';
  private account: Account | undefined;
  private link: Link | undefined;
  private generation = 0; // of links: what an old one still says is not heard
  private reader: FrameReader | undefined;
  private entering: {header: Header; done: (account: NewAccount) => void; failed: (error: Error) => void} | undefined;
  private registered: NewAccount | undefined;
  private backoff_ms = backoffMin_ms;
  private cancelTimer: (() => void) | undefined;
  private cancelPulse: (() => void) | undefined;
  private handling: Promise<void> = Promise.resolve();
  private readonly inHand = new Set<string>();
  private readonly recent = new Set<string>(); // acked of late

  constructor(private readonly options: ClientOptions) {
    this.surroundings = options.surroundings ?? ordinary;
    this.pending = new Pending(Math.floor(this.surroundings.random() * 2 ** 48).toString(36));
  }

  /** Becomes a user with one node, and is logged in. Not tried again when the link is lost: an account might be left over. */
  register(node: string, alias?: string): Promise<NewAccount> {
    return this.enter({op: op.register, newnode: node, ...(alias === undefined ? {} : {newalias: alias})});
  }
  /** Resolves once logged in; from then on the client comes back by itself until quit(). Rejects when it never came to that. */
  async login(account: Account): Promise<void> {
    this.account = {uid: account.uid, nodeid: account.nodeid};
    await this.enter(this.loginHeader());
  }

  /** Resolves once the relay has it on disk. Survives lost links: then it is asked again, and stored once. */
  async post(to: Target[], data: Uint8Array | string, {headBytes, id, again}: PostOptions = {}): Promise<Posted> {
    const list = to.map((target) =>
      typeof target === 'string' ? {id: target, type: 1} : {id: target.group, type: target.self === true ? 2 : 3},
    );
    const more = {...(headBytes === undefined ? {} : {datahead: headBytes}), ...(id === undefined ? {} : {id})};
    return posted(await this.ask({op: op.post, for: list, ...more}, octetsOf(data), again));
  }
  /** A short text (140 UTF-16 units) to an alias; whoever gets it learns one's uid. `from`: an alias of one's own. */
  async ping(from: string, to: string, text: string): Promise<Posted> {
    return posted(await this.ask({op: op.ping, from, to}, utf8.encode(text)));
  }
  /** Makes the group if there is none. `from`: one's own alias in it. */
  async invite(gid: string, from: string, to: string, text = ''): Promise<Posted> {
    return posted(await this.ask({op: op.groupEdit, act: 'invite', gid, from, to}, utf8.encode(text)));
  }
  async join(gid: string, alias?: string): Promise<void> {
    await this.ask({op: op.groupEdit, act: 'join', gid, ...(alias === undefined ? {} : {newalias: alias})});
  }
  async setGroupAlias(gid: string, alias: string): Promise<void> {
    await this.ask({op: op.groupEdit, act: 'alias', gid, newalias: alias});
  }
  /** Leaves the group, or bars another member, by alias in the group. */
  async dropMember(gid: string, alias: string): Promise<void> {
    await this.ask({op: op.groupEdit, act: 'drop', gid, to: alias});
  }

  /** `once`: the first ping or invite that reaches it retires it. */
  async addAlias(alias: string, once = false): Promise<void> {
    await this.edit({newalias: alias, ...(once ? {once} : {})});
  }
  async dropAlias(alias: string): Promise<void> {
    await this.edit({dropalias: alias});
  }
  /** A further node of this user: what it logs in with. Its queue begins as a copy of this one's. */
  async addNode(name: string): Promise<NewAccount> {
    const {nodeid, nodenum} = await this.edit({newnode: name});
    return {uid: this.known().uid, nodeid: String(nodeid), nodenum: Number(nodenum)};
  }
  async dropNode(nodenum: number): Promise<void> {
    await this.edit({dropnode: nodenum});
  }
  /** Vetoes an announced drop. */
  async keepNode(nodenum: number): Promise<void> {
    await this.edit({keepnode: nodenum});
  }
  /** Who may see that this user is here. `init` replaces the list. */
  async showPresence(type: 'add' | 'drop' | 'init', uids: string[]): Promise<void> {
    await this.ask({op: op.ohi, type, for: uids.map((id) => ({id}))});
  }

  /** Doesn't wait for the next try: the machine has a network again, say. */
  hurry(): void {
    if (this.state !== 'offline') return;
    this.cancelTimer?.();
    this.open();
  }
  /** Logs out, and ends the client: what is not answered is rejected, with an outcome that is unknown. */
  quit(): void {
    if (this.state === 'online') this.link?.send(encodeFrame({op: op.quit}));
    this.end('logout ok');
  }

  // ----------------------------------------------------------------------------------------------------------- links

  private enter(header: Header): Promise<NewAccount> {
    if (this.state !== 'new') return Promise.reject(new Error('this client has logged in already; make another'));
    return new Promise((done, failed) => {
      this.entering = {header, done, failed};
      this.open();
    });
  }

  private open(): void {
    const generation = ++this.generation;
    const heard = (): boolean => generation === this.generation && this.state !== 'ended';
    this.become('connecting', '');
    this.reader = new FrameReader(this.options.dataBytesMax ?? dataBytesDefault);
    const events = {
      received: (octets: Uint8Array) => {
        if (heard()) this.received(octets);
      },
      closed: (reason: string) => {
        if (heard()) this.lost(reason);
      },
    };
    this.options.connect(events).then(
      (link) => {
        if (!heard()) return link.close();
        this.link = link;
        link.send(encodeFrame(this.entering?.header ?? this.loginHeader()));
      },
      (error: Error) => {
        if (heard()) this.lost(error.message);
      },
    );
  }

  private lost(reason: string): void {
    ++this.generation;
    this.link?.close();
    this.link = undefined;
    this.cancelPulse?.();
    if (this.entering !== undefined || lastWords.includes(reason)) return this.end(reason);
    this.become('offline', reason);
    // Between half of it and all: a thousand clients must not come back at once.
    const wait_ms = this.backoff_ms * (1 + this.surroundings.random()) * 0.5;
    this.backoff_ms = Math.min(2 * this.backoff_ms, backoffMax_ms);
    this.cancelTimer = this.surroundings.after(wait_ms, () => this.open());
  }

  private end(reason: string): void {
    if (this.state === 'ended') return;
    ++this.generation;
    this.cancelTimer?.();
    this.cancelPulse?.();
    this.link?.close();
    this.link = undefined;
    this.entering?.failed(new Error(reason));
    this.entering = undefined;
    this.pending.endAll(reason);
    this.become('ended', reason);
  }

  private become(state: State, reason: string): void {
    this.state = state;
    this.options.onState?.(state, reason);
  }

  private pulse(): void {
    const every_ms = this.options.pulse_ms ?? pulseDefault_ms;
    if (every_ms <= 0) return;
    this.cancelPulse = this.surroundings.after(every_ms, () => {
      this.link?.send(encodeFrame({op: op.pulse}));
      this.pulse();
    });
  }

  // -------------------------------------------------------------------------------------------------------- requests

  private known(): Account {
    if (this.account === undefined) throw new Error('not logged in');
    return this.account;
  }
  private loginHeader(): Header {
    const {uid, nodeid} = this.known();
    return {op: op.login, uid, node: nodeid};
  }

  private ask(header: Header, data?: Uint8Array, again = false): Promise<Answer> {
    if (this.state === 'ended' || this.state === 'new') return Promise.reject(new RequestError('not logged in'));
    return this.pending.add(header, data, (octets) => this.state === 'online' && this.link?.send(octets), again);
  }
  private edit(change: Record<string, unknown>): Promise<Answer> {
    const {uid, nodeid} = this.known();
    return this.ask({op: op.userEdit, uid, nodeid, ...change});
  }

  // ---------------------------------------------------------------------------------------------------------- frames

  private received(octets: Uint8Array): void {
    try {
      for (const frame of this.reader?.push(octets) ?? []) this.frame(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.lost(error.message);
    }
  }

  private frame({header, data}: Frame): void {
    switch (header.op) {
      case 'registered':
        return this.onRegistered(header);
      case 'info':
        return this.onInfo(header);
      case 'quit':
        return this.lost(String(header['info'] ?? 'quit'));
      case 'ack':
      case 'updated':
        return this.pending.answer(header);
      case 'ohi':
        return this.options.onPresence?.({uid: String(header['from']), here: header['status'] === 1});
    }
    const message = toMessage(header, data);
    if (message !== undefined) this.onMessage(message);
    else if (typeof header['id'] === 'string') this.ack(header['id'], String(header.op)); // of a kind yet to come
  }

  private onRegistered(header: Header): void {
    const {uid, nodeid, nodenum, error} = header as unknown as NewAccount & {error?: string};
    this.account = {uid, nodeid};
    this.registered = {uid, nodeid, nodenum, ...(error === undefined ? {} : {aliasError: error})};
  }

  private onInfo(header: Header): void {
    if (header['info'] !== 'login ok' || this.account === undefined) return;
    this.backoff_ms = backoffMin_ms;
    this.become('online', 'login ok');
    const online = header['ohi'];
    if (Array.isArray(online)) for (const uid of online) this.options.onPresence?.({uid: String(uid), here: true});
    this.pulse();
    this.pending.again((octets) => this.link?.send(octets));
    const {entering} = this;
    this.entering = undefined;
    entering?.done(this.registered ?? {...this.account, nodenum: 0});
  }

  private onMessage(message: Message): void {
    const {id, op: kind} = message;
    if (this.inHand.has(id)) return; // its ack is yet to come
    if (this.recent.has(id)) return this.ack(id, kind);
    this.inHand.add(id);
    this.handling = this.handling.then(async () => {
      try {
        await this.options.onMessage?.(message);
        this.remember(id);
        this.ack(id, kind);
      } catch {
        // The relay keeps it.
      } finally {
        this.inHand.delete(id);
      }
    });
  }

  private remember(id: string): void {
    this.recent.add(id);
    if (this.recent.size <= recentMax) return;
    for (const oldest of this.recent) {
      this.recent.delete(oldest);
      return;
    }
  }
  private ack(id: string, type: string): void {
    if (this.state === 'online') this.link?.send(encodeFrame({op: op.ack, id, type}));
  }
}

function octetsOf(data: Uint8Array | string): Uint8Array {
  return typeof data === 'string' ? utf8.encode(data) : data;
}
function posted(answer: Answer): Posted {
  return {msgid: String(answer['msgid']), posted: String(answer['posted'])};
}
