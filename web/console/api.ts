// Questions to mnmctl console. The token is in this object, and nowhere else: not in storage, cookies or URLs.

export type Json = null | boolean | number | string | Json[] | {[name: string]: Json};
export type Fields = {[name: string]: Json};
export type Params = Record<string, string | number | undefined>;

export class Refused extends Error {
  constructor(readonly status: number, text: string) {
    super(text);
  }
}

/** `%20`, never `+`, for a blank: the server decodes nothing else. Empty values aren't sent. */
export function queryOf(params: Params): string {
  const pairs = Object.entries(params).filter((pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== '');
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`).join('&');
}

/** What was found, and why no more, where mnmlog met an error on the way: the last line says so. */
export interface Lines {
  found: Fields[];
  error?: string;
}
export function parseLines(text: string): Lines {
  const found = text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Fields);
  const last = found[found.length - 1] ?? {};
  const {error} = last;
  if (typeof error !== 'string' || Object.keys(last).length > 1) return {found};
  found.pop();
  return {found, error};
}

export class Api {
  constructor(private readonly token: string) {}

  /** `heads`: of a check, what its signed heads are worth. */
  async answer(name: string, params: Params = {}, signal?: AbortSignal): Promise<{text: string; heads: string}> {
    const query = queryOf(params);
    const init: RequestInit = {headers: {Authorization: `Bearer ${this.token}`}, cache: 'no-store', credentials: 'omit'};
    if (signal !== undefined) init.signal = signal;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`/console/api/${name}${query === '' ? '' : `?${query}`}`, init);
      text = await response.text();
    } catch (problem) {
      if (signal?.aborted === true) throw problem;
      throw new Refused(0, 'The answer was cut: mnmctl console has ended, or says why where it was started');
    }
    if (!response.ok) throw new Refused(response.status, detailOf(text));
    return {text, heads: response.headers.get('Mnm-Heads') ?? ''};
  }
  async one(name: string, params: Params = {}, signal?: AbortSignal): Promise<Fields> {
    return JSON.parse((await this.answer(name, params, signal)).text) as Fields;
  }
  async lines(name: string, params: Params = {}, signal?: AbortSignal): Promise<Lines> {
    return parseLines((await this.answer(name, params, signal)).text);
  }
}

function detailOf(text: string): string {
  try {
    return String((JSON.parse(text) as Fields)['detail'] ?? text);
  } catch {
    return text;
  }
}

export const textOf = (value: Json | undefined): string => (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));
export const numberOf = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);
export const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
export const fieldsOf = (value: Json | undefined): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {});
