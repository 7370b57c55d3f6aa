// TCP, TLS and Unix sockets, for Node.js: import from "mnm-client/node".
import type {Connect, Link} from './link.js';

interface NodeSocket {
  write(octets: Uint8Array): boolean;
  end(): void;
  destroy(): void;
  setNoDelay(on: boolean): void;
  setKeepAlive(on: boolean, delay_ms: number): void;
  on(event: string, listener: (value: never) => void): void;
  readonly writableLength: number;
}
interface NodeModules {
  net: {connect(options: object): NodeSocket};
  tls: {connect(options: object): NodeSocket};
}

const keepAlive_ms = 20_000;

/** Options of node:tls' connect, such as `ca`. */
export type TlsOptions = Record<string, unknown>;

/** `url`: tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH. Throws a TypeError when it is none of these. */
export function socket(url: string, tlsOptions: TlsOptions = {}): Connect {
  const {secure, where} = parse(url);
  return async (events) => {
    // Named at run time, so that bundlers for browsers don't look for them.
    const load = (name: string): Promise<unknown> => import(name);
    const modules: NodeModules = {
      net: (await load('node:net')) as NodeModules['net'],
      tls: (await load('node:tls')) as NodeModules['tls'],
    };
    return new Promise<Link>((opened, failed) => {
      const stream = secure ? modules.tls.connect({...where, servername: serverName(where), ...tlsOptions}) : modules.net.connect(where);
      let open = false;
      let reason = 'closed by the relay';
      stream.on(secure ? 'secureConnect' : 'connect', () => {
        open = true;
        if (where.path === undefined) {
          stream.setNoDelay(true);
          stream.setKeepAlive(true, keepAlive_ms);
        }
        opened({
          send: (octets) => void stream.write(octets),
          get queued() {
            return stream.writableLength;
          },
          close: () => stream.end(),
        });
      });
      stream.on('data', (octets: Uint8Array) => events.received(octets));
      stream.on('error', (error: Error) => {
        reason = error.message;
      });
      stream.on('close', () => {
        if (open) events.closed(reason);
        else failed(new Error(`${url}: ${reason}`));
      });
    });
  };
}

interface Where {
  host?: string;
  port?: number;
  path?: string;
}

function parse(url: string): {secure: boolean; where: Where} {
  const unix = /^unix:\/\/(\/.+)$/.exec(url);
  if (unix?.[1] !== undefined) return {secure: false, where: {path: unix[1]}};
  const other = /^(tcp|tls):\/\/(\[[^\]]+\]|[^:/]+):(\d+)$/.exec(url);
  if (other === null) throw new TypeError(`${url} is neither tcp://HOST:PORT, tls://HOST:PORT nor unix:///PATH`);
  const host = (other[2] ?? '').replace(/^\[|\]$/g, '');
  return {secure: other[1] === 'tls', where: {host, port: Number(other[3])}};
}

// A name to be shown to the server; addresses are none (RFC 6066).
function serverName(where: Where): string {
  const host = where.host ?? '';
  return /^[\d.]+$|:/.test(host) ? '' : host;
}
