// Frames: four hex digits, a header (one JSON object), and as many octets of data as the header says.

/** A header: what a frame asks for or tells. */
export type Header = Record<string, unknown> & {op: number | string};

/** A whole frame. */
export interface Frame {
  header: Header;
  data: Uint8Array;
}

/** Octets of the longest header that four hex digits can name. */
export const headerBytesMax = 0xffff;

const digits = 4;
const headerBytesMin = 8;
const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', {fatal: true});
const none = new Uint8Array(0);

/** The peer does not speak the protocol, or sends more than was allowed. The link can't go on. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

/** The octets of a frame. Throws a RangeError when the header is too long. */
export function encodeFrame(header: Header, data: Uint8Array = none): Uint8Array {
  const text = utf8.encode(JSON.stringify(data.length > 0 ? {...header, dataLen: data.length} : header));
  if (text.length > headerBytesMax) throw new RangeError(`the header has ${text.length} octets, at most ${headerBytesMax} fit`);
  const octets = new Uint8Array(digits + text.length + data.length);
  octets.set(utf8.encode(text.length.toString(16).padStart(digits, '0')));
  octets.set(text, digits);
  octets.set(data, digits + text.length);
  return octets;
}

/** Octets, in pieces of any size, to frames. */
export class FrameReader {
  private pieces: Uint8Array[] = [];
  private held = 0;
  private header: Header | undefined;
  private wanted = digits;
  private inDigits = true;

  /** `dataBytesMax`: a longer body is a ProtocolError, before it is held. */
  constructor(private readonly dataBytesMax: number) {}

  /** The frames that `octets` completes. Throws a ProtocolError. */
  push(octets: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    if (octets.length > 0) this.pieces.push(octets);
    this.held += octets.length;
    while (this.held >= this.wanted) {
      const part = this.take(this.wanted);
      if (this.header !== undefined) {
        frames.push({header: this.header, data: part});
        this.header = undefined;
        this.expectDigits();
      } else if (this.inDigits) {
        this.wanted = headerLength(part);
        this.inDigits = false;
      } else {
        this.header = parseHeader(part);
        this.wanted = this.dataLength(this.header);
      }
    }
    return frames;
  }

  private expectDigits(): void {
    this.wanted = digits;
    this.inDigits = true;
  }

  private dataLength(header: Header): number {
    const length = header['dataLen'] ?? header['datalen'] ?? 0;
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) throw new ProtocolError('a length that is none');
    if (length > this.dataBytesMax) throw new ProtocolError(`a body of ${length} octets, at most ${this.dataBytesMax} are taken`);
    return length;
  }

  private take(count: number): Uint8Array {
    const first = this.pieces[0];
    this.held -= count;
    if (first !== undefined && first.length >= count) {
      const part = first.subarray(0, count);
      if (first.length === count) this.pieces.shift();
      else this.pieces[0] = first.subarray(count);
      return part;
    }
    const whole = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      const piece = this.pieces.shift() ?? none;
      const some = piece.subarray(0, count - at);
      whole.set(some, at);
      at += some.length;
      if (some.length < piece.length) this.pieces.unshift(piece.subarray(some.length));
    }
    return whole;
  }
}

function headerLength(octets: Uint8Array): number {
  const text = String.fromCharCode(...octets);
  if (!/^[0-9a-fA-F]{4}$/.test(text)) throw new ProtocolError('no frame: four hex digits were expected');
  const length = Number.parseInt(text, 16);
  if (length < headerBytesMin) throw new ProtocolError(`a header of ${length} octets`);
  return length;
}

function parseHeader(octets: Uint8Array): Header {
  let header: unknown;
  try {
    header = JSON.parse(strictUtf8.decode(octets));
  } catch {
    throw new ProtocolError('a header that is no JSON');
  }
  const op = typeof header === 'object' && header !== null ? (header as Header).op : undefined;
  if (typeof op !== 'string' && typeof op !== 'number') throw new ProtocolError('a header without an op');
  return header as Header;
}
