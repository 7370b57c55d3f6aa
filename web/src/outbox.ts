// The queue of posts: kept before they are shown as written, sent one by one in order, gone once the relay has acked them.
//
// What always holds: a post is marked as sent on the disk before the first octet of it leaves, so that after whatever happened it
// is sent again as one that may have come before, which the relay then stores once.
import {RequestError, type Posted} from '../mnm-client/index.js';
import type {OutboxStore} from './store.js';
import type {Waiting} from './types.js';

export interface OutboxPorts {
  store: OutboxStore;
  online(): boolean;
  /** `again`: it may have come before. */
  post(waiting: Waiting, again: boolean): Promise<Posted>;
  /** Keeps the message, and takes the post out of the store, in one transaction. */
  done(waiting: Waiting, posted: Posted): Promise<void>;
  changed(): void;
  after(ms: number, act: () => void): void;
}

export class Outbox {
  private list: Waiting[] = [];
  private busy = false;

  constructor(private readonly ports: OutboxPorts) {}

  get waiting(): readonly Waiting[] {
    return this.list;
  }
  async open(): Promise<void> {
    this.list = await this.ports.store.outbox();
    this.ports.changed();
  }
  /** Resolves once it is on the disk; it is sent when that can be. */
  async add(waiting: Omit<Waiting, 'seq'>): Promise<void> {
    this.list.push(await this.ports.store.queue(waiting));
    this.ports.changed();
    this.wake();
  }
  /** One that was refused: once more, as a new request. */
  async again(seq: number, request: string): Promise<void> {
    const waiting = this.list.find((each) => each.seq === seq);
    if (waiting === undefined || waiting.error === '') return;
    Object.assign(waiting, {request, sent: false, error: ''});
    await this.ports.store.update(waiting);
    this.ports.changed();
    this.wake();
  }
  /** One that was refused: not at all. */
  async discard(seq: number): Promise<void> {
    if (!this.list.some((each) => each.seq === seq && each.error !== '')) return;
    await this.ports.store.unqueue(seq);
    this.remove(seq);
  }
  /** To be called whenever sending may have become possible. */
  wake(): void {
    if (this.busy) return;
    this.busy = true;
    void this.run();
  }

  private async run(): Promise<void> {
    try {
      for (;;) {
        const next = this.list.find((each) => each.error === '');
        if (next === undefined || !this.ports.online()) return;
        if (!(await this.send(next))) return;
      }
    } finally {
      this.busy = false; // in the same turn as the last look at the list, so that no wake() is lost
    }
  }

  // Whether the next one may be tried.
  private async send(waiting: Waiting): Promise<boolean> {
    try {
      const again = waiting.sent;
      if (!again) await this.ports.store.update({...waiting, sent: true});
      waiting.sent = true;
      const posted = await this.ports.post(waiting, again);
      await this.ports.done(waiting, posted);
      this.remove(waiting.seq);
      return true;
    } catch (error) {
      return this.failed(waiting, error);
    }
  }

  private async failed(waiting: Waiting, error: unknown): Promise<boolean> {
    const refused = error instanceof RequestError && !error.unknown;
    if (!refused || error.retryAfter_s !== undefined) {
      const seconds = refused ? error.retryAfter_s ?? 0 : tryAgain_s;
      this.ports.after(seconds * 1000, () => this.wake());
      return false;
    }
    waiting.error = error.message;
    await this.ports.store.update(waiting).catch(() => undefined); // it will be refused again
    this.ports.changed();
    return true;
  }

  private remove(seq: number): void {
    this.list = this.list.filter((each) => each.seq !== seq);
    this.ports.changed();
  }
}

// After an error that isn't the relay's: a full disk, say.
const tryAgain_s = 15;
