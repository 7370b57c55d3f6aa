// A disk in memory that can break, a relay that does what a test says, and time that moves when it is told to.
import {encodeFrame, FrameReader} from '../mnm-client/index.js';

export class MemoryStore {
  account;
  book;
  messages = new Map();
  bodies = new Map();
  queued = [];
  seq = 0;
  broken = ''; // the name of a method that fails
  calls = [];
  check(name) {
    this.calls.push(name);
    if (this.broken === name) throw new Error('the disk is full');
  }
  async load() {
    return structuredClone({account: this.account, book: this.book});
  }
  async saveAccount(account, book) {
    this.check('saveAccount');
    Object.assign(this, structuredClone({account, book}));
  }
  async saveBook(book) {
    this.check('saveBook');
    this.book = structuredClone(book);
  }
  async keep({entry, body, book, moved, sent}) {
    this.check('keep');
    if (!this.messages.has(entry.id)) {
      this.messages.set(entry.id, structuredClone(entry));
      if (body) this.bodies.set(entry.id, body);
    }
    this.book = structuredClone(book);
    if (moved) for (const each of this.messages.values()) if (each.talk === moved.from) each.talk = moved.to;
    if (sent !== undefined) this.queued = this.queued.filter(({seq}) => seq !== sent);
  }
  async entry(id) {
    return this.messages.get(id);
  }
  async entries(talk, count, before = '~') {
    const all = [...this.messages.values()].filter((each) => each.talk === talk && each.id < before);
    return all.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(-count);
  }
  async body(id) {
    return this.bodies.get(id);
  }
  async erase() {
    Object.assign(this, new MemoryStore());
  }
  async outbox() {
    return this.queued.map((each) => ({...each}));
  }
  async queue(waiting) {
    this.check('queue');
    const one = {...waiting, seq: ++this.seq};
    this.queued.push({...one});
    return one;
  }
  async update(waiting) {
    this.check('update');
    this.queued = this.queued.map((each) => (each.seq === waiting.seq ? {...waiting} : each));
  }
  async unqueue(seq) {
    this.check('unqueue');
    this.queued = this.queued.filter((each) => each.seq !== seq);
  }
}

export class FakeRelay {
  links = [];
  refuse = false;
  connect = async (events) => {
    if (this.refuse) throw new Error('nobody there');
    const link = {events, got: [], reader: new FrameReader(1 << 20)};
    this.links.push(link);
    return {send: (octets) => link.got.push(...link.reader.push(octets)), queued: 0, close: () => undefined};
  };
  get last() {
    return this.links.at(-1);
  }
  say(header, data) {
    this.last.events.received(encodeFrame(header, data));
  }
  cut() {
    this.last.events.closed('cut');
  }
  // What has come on the last link since this was asked.
  taken() {
    return this.last.got.splice(0).map(({header, data}) => ({...header, data: new TextDecoder().decode(data)}));
  }
}

export class FakeTime {
  now = 0;
  timers = new Set();
  after = (ms, act) => {
    const timer = {at: this.now + ms, act};
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  };
  async pass(ms) {
    this.now += ms;
    for (const timer of [...this.timers]) {
      if (timer.at > this.now) continue;
      this.timers.delete(timer);
      timer.act();
    }
    await settled();
  }
}

// All promises that can, have resolved; reading a Blob takes a few rounds.
export async function settled() {
  for (let round = 0; round < 10; ++round) await new Promise((done) => setImmediate(done));
}
