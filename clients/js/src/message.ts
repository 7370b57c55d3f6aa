// What a relay tells a node: stored messages, which wait until they are acked, and presence, which does not.

/** What every stored message has. */
export interface Stored {
  /** 16 hex digits; rises. */
  id: string;
  /** The sender's uid. */
  from: string;
  /** When it was stored: UTC, to the millisecond. */
  posted: string;
}

export interface Delivery extends Stored {
  op: 'delivery';
  data: Uint8Array;
  /** So many octets at the front of the data describe the rest; absent when the sender didn't say. */
  datahead?: number;
}
/** The shorter message about a delivery, for those who needn't have all of it. */
export interface Notify extends Stored {
  op: 'notify';
  postid: string;
  data: Uint8Array;
}
export interface Ping extends Stored {
  op: 'ping';
  /** The sender's alias. */
  alias: string;
  /** One's own. */
  to: string;
  text: string;
}
export interface Invite extends Stored {
  op: 'invite';
  /** The inviter's alias. */
  alias: string;
  gid: string;
  to: string;
  text: string;
}
export interface Member extends Stored {
  op: 'member';
  act: 'invite' | 'join' | 'alias' | 'drop';
  gid: string;
  alias: string;
  newalias?: string;
}
/** One's own account was edited, by another node. */
export interface Account extends Stored {
  op: 'account';
  newnode?: string;
  nodenum?: number;
  newalias?: string;
  once?: boolean;
  dropalias?: string;
  dropnode?: number;
  dropstate?: 'announced' | 'vetoed' | 'dropped';
}
/** Another of one's own nodes logged in. */
export interface LoginNotice extends Stored {
  op: 'login';
  info: string;
  nodenum: number;
}
/** Another of one's own nodes edited the list of those who may see one's presence. */
export interface OhiEdit extends Stored {
  op: 'ohiedit';
  type: 'add' | 'drop' | 'init';
  for: {id: string}[];
}
/** A post that some recipients did not get. */
export interface Undelivered extends Stored {
  op: 'undelivered';
  postid: string;
  reason: string;
  to: string[];
}
export type Message = Delivery | Notify | Ping | Invite | Member | Account | LoginNotice | OhiEdit | Undelivered;

/** Somebody is here, or has gone. */
export interface Presence {
  uid: string;
  here: boolean;
}

const lenientUtf8 = new TextDecoder();
const ops = new Set(['delivery', 'notify', 'ping', 'invite', 'member', 'account', 'login', 'ohiedit', 'undelivered']);

/** A frame as a message; undefined when it is none, or of a kind that this version doesn't know. */
export function toMessage(header: Record<string, unknown>, data: Uint8Array): Message | undefined {
  const {op} = header;
  if (typeof op !== 'string' || !ops.has(op) || typeof header['id'] !== 'string') return undefined;
  const {dataLen: _, headsum: __, ...fields} = header;
  if (op === 'delivery' || op === 'notify') return {...fields, data} as unknown as Message;
  if (op === 'invite') return {...fields, text: lenientUtf8.decode(data)} as unknown as Message;
  // MMTP's ping has the alias in `from`, and the uid beside it.
  if (op === 'ping') return {...fields, alias: header['from'], from: header['uid'], text: lenientUtf8.decode(data)} as unknown as Message;
  return fields as unknown as Message;
}
