// What the parts of the page have in common.
import type {Api, Fields, Json} from './api.js';
import type {Sample} from './figures.js';
import {fill, h} from '../src/dom.js';
import {textOf} from './api.js';

/** What is known of the relay now. */
export interface Now {
  running: boolean; // a relay answers; else its files are read
  why: string; // there are no figures
  first: number; // the first LSN that is kept
  last: number; // the last one that is durable
  sample: Sample | undefined;
}
export interface World {
  api: Api;
  now(): Now;
  openMessage(id: string): void;
  openState(kind: string, id: string, at: string): void;
}
export interface View {
  readonly name: string;
  readonly element: HTMLElement;
  /** The relay has gone on, or the view is shown; only while it is shown. */
  update(): void;
}

const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3} as Intl.DateTimeFormatOptions);
const full = new Intl.DateTimeFormat(undefined, {year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit'});
export const clockOf = (time: string): string => clock.format(new Date(time));
export const fullTime = (time: string): string => full.format(new Date(time));

const isTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);

/** An object of mnmlog's, as names and values; lists of objects become tables. */
export function fieldList(fields: Fields, leave: string[] = []): HTMLElement {
  const list = h('dl', {class: 'fields'});
  for (const [name, value] of Object.entries(fields)) {
    if (leave.includes(name)) continue;
    list.append(h('dt', {}, name.replace(/_/g, ' ')), h('dd', {}, valueNode(value)));
  }
  return list;
}
function valueNode(value: Json): Node | string {
  if (Array.isArray(value)) {
    if (value.length === 0) return '–';
    if (value.every((each) => typeof each === 'object' && each !== null && !Array.isArray(each))) return table(value as Fields[]);
    return h('ul', {class: 'values'}, ...value.map((each) => h('li', {}, textOf(each))));
  }
  if (typeof value === 'object' && value !== null) return fieldList(value);
  const text = textOf(value);
  return isTime(text) ? h('time', {datetime: text, title: text}, fullTime(text)) : text === '' ? '–' : text;
}
export function table(rows: Fields[]): HTMLElement {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return h('div', {class: 'wide', tabindex: '0', role: 'group', 'aria-label': 'Table'},
    h('table', {}, h('thead', {}, h('tr', {}, ...names.map((name) => h('th', {scope: 'col'}, name.replace(/_/g, ' '))))),
      h('tbody', {}, ...rows.map((row) => h('tr', {}, ...names.map((name) => h('td', {}, row[name] === undefined ? '' : valueNode(row[name] as Json))))))));
}

export const errorNode = (text: string): HTMLElement => h('p', {class: 'error', role: 'alert'}, text);
export const messageOf = (problem: unknown): string => (problem instanceof Error ? problem.message : String(problem));

/** Shows what `ask` gives, or why it can't; a later call overtakes an earlier one. */
export class Asker {
  private current: AbortController | undefined;
  constructor(private readonly place: Element) {}
  /** What was asked isn't wanted any more; what is shown stays. */
  stop(): void {
    this.current?.abort();
    this.place.removeAttribute('aria-busy');
  }
  async show(ask: (signal: AbortSignal) => Promise<(Node | string)[]>): Promise<void> {
    this.current?.abort();
    const current = new AbortController();
    this.current = current;
    this.place.setAttribute('aria-busy', 'true');
    try {
      const made = await ask(current.signal);
      if (!current.signal.aborted) fill(this.place, ...made);
    } catch (problem) {
      if (!current.signal.aborted) fill(this.place, errorNode(messageOf(problem)));
    } finally {
      if (this.current === current) this.place.removeAttribute('aria-busy');
    }
  }
}
