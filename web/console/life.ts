// A message's life as a timeline: a row a node, from the moment its copy was queued to its end.
import {field, h} from '../src/dom.js';
import {fieldsOf, listOf, numberOf, textOf, type Fields} from './api.js';
import {svg} from './chart.js';
import {shortSeconds} from './figures.js';
import {Asker, fieldList, fullTime, type View, type World} from './view.js';

const labelWidth = 190;
const barWidth = 520;
const rowHeight = 30;
const rowsMax = 60;

export interface Bar {
  node: string;
  state: string;
  from: number; // parts of the whole, 0 to 1
  to: number;
  sessions: {from: number; to: number; session: number}[];
}
export interface Life {
  fromMs: number;
  toMs: number;
  bars: Bar[];
}

const msOf = (text: string): number => Date.parse(text);

/** What is drawn. What waits goes on until `nowMs`; what began before the post, with it; of sessions, those while it waited. Pure. */
export function lifeOf(trace: Fields, nowMs: number): Life {
  const copies = listOf(trace['copies']).map(fieldsOf);
  const fromMs = msOf(textOf(trace['posted_time']));
  const ends = copies.map((copy) => (copy['ended_time'] === undefined ? (copy['state'] === 'waiting' ? nowMs : fromMs) : msOf(textOf(copy['ended_time']))));
  const toMs = Math.max(fromMs + 1, ...ends);
  const part = (ms: number): number => Math.min(1, Math.max(0, (ms - fromMs) / (toMs - fromMs)));
  const bars = copies.map((copy, index) => {
    const endMs = ends[index] ?? toMs;
    return {
      node: textOf(copy['node']),
      state: textOf(copy['state']),
      from: part(copy['queued_time'] === undefined ? fromMs : msOf(textOf(copy['queued_time']))),
      to: part(endMs),
      sessions: listOf(copy['sessions']).map(fieldsOf).map((span) => ({
        session: numberOf(span['session']),
        from: part(span['begun_time'] === undefined ? fromMs : msOf(textOf(span['begun_time']))),
        to: part(span['ended_time'] === undefined ? endMs : msOf(textOf(span['ended_time']))),
      })),
    };
  });
  return {fromMs, toMs, bars};
}

function drawing(life: Life): SVGElement {
  const bars = life.bars.slice(0, rowsMax);
  const tall = bars.length * rowHeight + 26;
  const words = bars.map((bar) => `${bar.node}: ${bar.state}`).join('; ');
  const root = svg('svg', {viewBox: `0 0 ${labelWidth + barWidth + 10} ${tall}`, role: 'img', 'aria-label': `Timeline. ${words}`, class: 'timeline'});
  const x = (part: number): number => labelWidth + part * barWidth;
  for (const part of [0, 0.25, 0.5, 0.75, 1]) {
    root.append(svg('line', {x1: x(part), x2: x(part), y1: 0, y2: tall - 20, class: 'grid'}),
      svg('text', {x: x(part), y: tall - 6, class: 'small', 'text-anchor': part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}, part === 0 ? 'posted' : `+${shortSeconds(((life.toMs - life.fromMs) * part) / 1000)}`));
  }
  bars.forEach((bar, index) => {
    const y = index * rowHeight;
    const label = bar.node.length > 24 ? `${bar.node.slice(0, 10)}…${bar.node.slice(-10)}` : bar.node;
    root.append(svg('text', {x: 0, y: y + 18, class: 'label'}, svg('title', {}, bar.node), label),
      svg('rect', {x: x(bar.from), y: y + 7, width: Math.max(3, (bar.to - bar.from) * barWidth), height: 12, rx: 3, class: `copy ${bar.state}`}, svg('title', {}, bar.state)));
    for (const span of bar.sessions) {
      root.append(svg('rect', {x: x(span.from), y: y + 22, width: Math.max(3, (span.to - span.from) * barWidth), height: 4, rx: 2, class: 'session'}, svg('title', {}, `session ${span.session}`)));
    }
  });
  return root;
}

function copyTable(trace: Fields): HTMLElement {
  const cell = (copy: Fields, name: string): string => (copy[`${name}_lsn`] === undefined ? '–' : `LSN ${numberOf(copy[`${name}_lsn`])}, ${fullTime(textOf(copy[`${name}_time`]))}`);
  const rows = listOf(trace['copies']).map(fieldsOf).map((copy) => h('tr', {}, h('th', {scope: 'row'}, textOf(copy['node'])), h('td', {}, h('span', {class: `tag ${textOf(copy['state'])}`}, textOf(copy['state']))),
    h('td', {}, cell(copy, 'queued')), h('td', {}, textOf(copy['sent'])), h('td', {}, cell(copy, 'ended')),
    h('td', {}, copy['took_ns'] === undefined ? '–' : shortSeconds(numberOf(copy['took_ns']) / 1e9)), h('td', {}, textOf(copy['reason']))));
  return h('div', {class: 'wide', tabindex: '0', role: 'group', 'aria-label': 'Copies'}, h('table', {}, h('thead', {}, h('tr', {}, ...['Node', 'State', 'Queued', 'Sent', 'Ended', 'Took', 'Why'].map((name) => h('th', {scope: 'col'}, name)))), h('tbody', {}, ...rows)));
}

export class MessageLife implements View {
  readonly name = 'A message';
  readonly element: HTMLElement;
  private readonly id = h('input', {placeholder: '16 hex digits', autocomplete: 'off', spellcheck: 'false'});
  private readonly result = h('div', {class: 'result', 'aria-live': 'polite'}, h('p', {class: 'empty'}, 'Its id is in the live events, and in what a sender was answered.'));
  private readonly asker = new Asker(this.result);

  constructor(private readonly world: World) {
    const submit = (event: Event): void => {
      event.preventDefault();
      this.open(this.id.value.trim());
    };
    this.element = h('section', {'aria-label': "A message's life"}, h('form', {class: 'filters', submit}, field('Message', this.id), h('div', {class: 'acts'}, h('button', {class: 'main'}, 'Show'))), this.result);
  }
  update(): void {}
  open(id: string): void {
    this.id.value = id;
    void this.asker.show(async (signal) => {
      const [trace, why] = await Promise.all([this.world.api.one('trace', {id}, signal), this.world.api.one('why', {id}, signal)]);
      const life = lifeOf(trace, Date.now());
      const stuck = why['stuck'] === true;
      return [h('h2', {}, `Message ${textOf(trace['msgid'])}`),
        h('p', {class: stuck ? 'verdict bad' : 'verdict'}, `${stuck ? 'Stuck' : 'Well'}: ${textOf(why['text'])}`),
        drawing(life), life.bars.length > rowsMax ? h('p', {class: 'hint'}, `${life.bars.length - rowsMax} more nodes are in the table`) : '',
        h('p', {class: 'legend'}, h('span', {class: 'copy'}, 'the copy'), h('span', {class: 'session'}, 'sessions of the node')), copyTable(trace), fieldList(trace, ['copies'])];
    });
  }
}
