// What a message of this client looks like inside: a head (JSON, `datahead` octets of it), then the content. Messages without such
// a head are from other clients: text if they are UTF-8, else a file.
//
// Heads are written by strangers: every field is checked, and none is believed.
import type {Entry} from './types.js';

export interface Head {
  /** For one's own other devices: whom it went to. */
  to?: string;
  group?: string;
  type: string;
  /** Of a file. */
  name?: string;
}
export interface Opened extends Partial<Head> {
  type: string;
  entry: Pick<Entry, 'kind' | 'text' | 'file'>;
  content: Uint8Array;
}

export const textType = 'text/plain';
/** A book (sync.ts) for one's own devices. */
export const bookType = 'application/x-mnm-book';
const headBytesMax = 4096;
const nameMax = 200;
const strictUtf8 = new TextDecoder('utf-8', {fatal: true});
const types = /^[a-z]+\/[a-z0-9.+-]{1,80}$/;

export function sealHead(head: Head): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(head));
}

export function open(data: Uint8Array, headBytes: number): Opened {
  const head = readHead(data, headBytes);
  const content = data.subarray(head === undefined ? 0 : headBytes);
  const text = head === undefined || head.type === textType ? readText(content) : undefined;
  if (text !== undefined) return {...head, type: textType, content, entry: {kind: 'text', text}};
  const type = head?.type ?? 'application/octet-stream';
  const file = {type, size: content.length};
  return {...head, type, content, entry: {kind: 'file', text: head?.name ?? 'message.bin', file}};
}

function readHead(data: Uint8Array, headBytes: number): Head | undefined {
  if (!Number.isSafeInteger(headBytes) || headBytes <= 0 || headBytes > Math.min(headBytesMax, data.length)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(strictUtf8.decode(data.subarray(0, headBytes)));
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const {to, group, type, name} = json as Record<string, unknown>;
  if (typeof type !== 'string' || !types.test(type)) return undefined;
  return {
    type,
    ...(typeof to === 'string' ? {to} : {}),
    ...(typeof group === 'string' ? {group} : {}),
    ...(typeof name === 'string' ? {name: fileName(name)} : {}),
  };
}

function readText(content: Uint8Array): string | undefined {
  try {
    const text = strictUtf8.decode(content);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A name that can be shown and saved under: no folders, no controls, nothing that turns the direction of writing. */
export function fileName(name: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').replace(/[/\\]/g, '_').replace(/^\.+/, '');
  return Array.from(plain).slice(0, nameMax).join('').trim() || 'file';
}
