// What carries octets: a WebSocket here, sockets of Node.js in node.ts, anything else by whoever has it.

/** What a link tells its user. `closed` comes once, and nothing after it. */
export interface LinkEvents {
  received(octets: Uint8Array): void;
  closed(reason: string): void;
}

/** A connection. */
export interface Link {
  send(octets: Uint8Array): void;
  /** Octets that are not sent yet. */
  readonly queued: number;
  close(): void;
}

/** Opens a link. Rejects when there is none to be had. */
export type Connect = (events: LinkEvents) => Promise<Link>;

/** The part of a browser's WebSocket that is used; Node.js' `ws` package has it too. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: {data: unknown}) => void) | null;
  onclose: ((event: {code?: number; reason?: string}) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Uint8Array): void;
  close(): void;
}

/** `url`: ws://HOST:PORT/mmtp or wss://. `make`: for where there is no global WebSocket. */
export function webSocket(url: string, make: (url: string) => WebSocketLike = (u) => new WebSocket(u) as unknown as WebSocketLike): Connect {
  return (events) =>
    new Promise<Link>((opened, failed) => {
      const socket = make(url);
      let open = false;
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => {
        open = true;
        opened({
          send: (octets) => socket.send(octets),
          get queued() {
            return socket.bufferedAmount;
          },
          close: () => socket.close(),
        });
      };
      socket.onmessage = ({data}) => {
        if (data instanceof ArrayBuffer) events.received(new Uint8Array(data));
        else socket.close(); // text is not of this protocol
      };
      socket.onclose = ({code, reason}) => {
        const why = reason || `closed (${code ?? 'no code'})`;
        if (open) events.closed(why);
        else failed(new Error(`${url}: ${why}`));
      };
      socket.onerror = () => undefined; // onclose follows, and says more
    });
}
