// Requests that wait for their answers, in order, across links.
import {encodeFrame, type Header} from './frame.js';

export type Answer = Record<string, unknown>;

/** The relay refused a request: nothing of it happened. Or the client ended first: then `unknown` is true. */
export class RequestError extends Error {
  override name = 'RequestError';
  constructor(
    text: string,
    /** Seconds after which it may go well; undefined when it won't. */
    readonly retryAfter_s?: number,
    readonly unknown = false,
  ) {
    super(text);
  }
}

interface Waiting {
  header: Header;
  data: Uint8Array | undefined;
  sent: boolean;
  done: (answer: Answer) => void;
  failed: (error: RequestError) => void;
}

export class Pending {
  private readonly waiting = new Map<string, Waiting>();
  private count = 0;

  /** `prefix` makes ids differ from those of earlier clients of the same node, as a repeated request is known by its id. */
  constructor(private readonly prefix: string) {}

  /** `send` says whether it could. A header with an id keeps it; `again`: an earlier client of this node may have sent it. */
  add(header: Header, data: Uint8Array | undefined, send: (octets: Uint8Array) => unknown, again = false): Promise<Answer> {
    return new Promise((done, failed) => {
      const id = typeof header['id'] === 'string' ? header['id'] : `${this.prefix}.${++this.count}`;
      if (this.waiting.has(id)) throw new RequestError(`the request ${id} waits for its answer already`);
      const one: Waiting = {header: {...header, id}, data, sent: again, done, failed};
      const octets = encodeOf(one); // may throw: then nothing waits
      this.waiting.set(id, one);
      one.sent = send(octets) !== false || again;
    });
  }

  /** On a new link: all of them, in order; those that may have arrived before say so. */
  again(send: (octets: Uint8Array) => void): void {
    for (const one of this.waiting.values()) {
      send(encodeOf(one));
      one.sent = true;
    }
  }

  /** An answer without an id is for the oldest user edit: these are answered in order. */
  answer(header: Header): void {
    const id = typeof header['id'] === 'string' ? header['id'] : this.oldestEdit();
    const one = id === undefined ? undefined : this.waiting.get(id);
    if (id === undefined || one === undefined) return;
    this.waiting.delete(id);
    if (header['ok'] !== 'error') return one.done(header);
    const retry = header['retry'];
    one.failed(new RequestError(String(header['error'] ?? 'refused'), typeof retry === 'number' ? retry : undefined));
  }

  endAll(reason: string): void {
    for (const one of this.waiting.values()) one.failed(new RequestError(`${reason}: the outcome is unknown`, undefined, true));
    this.waiting.clear();
  }

  private oldestEdit(): string | undefined {
    for (const [id, {header}] of this.waiting) if (header.op === userEdit) return id;
    return undefined;
  }
}

const userEdit = 2;

function encodeOf({header, data, sent}: Waiting): Uint8Array {
  return encodeFrame(sent ? {...header, retry: true} : header, data);
}
