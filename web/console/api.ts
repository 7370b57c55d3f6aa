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

export function parseLines(text: string): Fields[] {
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Fields);
}

export class Api {
  constructor(private readonly token: string) {}

  async text(name: string, params: Params = {}, signal?: AbortSignal): Promise<string> {
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
      throw new Refused(0, 'mnmctl console has ended, or the answer was too long');
    }
    if (!response.ok) throw new Refused(response.status, detailOf(text));
    return text;
  }
  async one(name: string, params: Params = {}, signal?: AbortSignal): Promise<Fields> {
    return JSON.parse(await this.text(name, params, signal)) as Fields;
  }
  async lines(name: string, params: Params = {}, signal?: AbortSignal): Promise<Fields[]> {
    return parseLines(await this.text(name, params, signal));
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
