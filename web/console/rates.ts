// Charts of the relay's figures, of the time that the page is open.
import {fill, h} from '../src/dom.js';
import {lineChart, type Line} from './chart.js';
import {quantileOf, rateOf, shortNumber, shortSeconds, sumOf, type Sample} from './figures.js';
import type {View, World} from './view.js';

const samplesMax = 300; // ten minutes
const stepsMin = 60; // the width of a chart, until there are more
const spanMin = 5; // samples that a rate or latency is taken over: shorter ones jump

type Measure = (before: Sample, after: Sample) => number | undefined;
interface Chart {
  title: string;
  show(value: number): string;
  lines: {name: string; measure: Measure}[];
}
const rate = (name: string): Measure => (before, after) => rateOf(before, after, name);
const latency = (name: string, part: number): Measure => (before, after) => quantileOf(before, after, name, part);
const level = (name: string): Measure => (_, after) => sumOf(after, name);

const charts: Chart[] = [
  {title: 'Events a second', show: shortNumber, lines: [{name: 'all', measure: rate('mnm_events_total')}, {name: 'refused', measure: rate('mnm_refused_total')}]},
  {title: 'Messages a second', show: shortNumber, lines: [{name: 'stored', measure: rate('mnm_events_total{op="stored"}')}, {name: 'acked', measure: rate('mnm_events_total{op="acked"}')}]},
  {title: 'Append and sync', show: shortSeconds, lines: [{name: 'half', measure: latency('mnm_wal_fsync_duration_seconds', 0.5)}, {name: '99 %', measure: latency('mnm_wal_fsync_duration_seconds', 0.99)}]},
  {title: 'Stored to acked', show: shortSeconds, lines: [{name: 'half', measure: latency('mnm_delivery_latency_seconds', 0.5)}, {name: '99 %', measure: latency('mnm_delivery_latency_seconds', 0.99)}]},
  {title: 'Messages that wait', show: shortNumber, lines: [{name: 'messages', measure: level('mnm_queued_messages')}]},
  {title: 'Links and sessions', show: shortNumber, lines: [{name: 'links', measure: level('mnm_links')}, {name: 'sessions', measure: level('mnm_sessions')}]},
  {title: 'Processor', show: (value) => `${shortNumber(100 * value)} %`, lines: [{name: 'of one', measure: rate('process_cpu_seconds_total')}]},
  {title: 'Memory', show: (value) => `${shortNumber(value)}B`, lines: [{name: 'resident', measure: level('process_resident_memory_bytes')}]},
];

export class Rates implements View {
  readonly name = 'Figures';
  readonly element = h('section', {'aria-label': 'Figures', class: 'charts'});
  private readonly samples: Sample[] = [];

  constructor(private readonly world: World) {}
  /** Of each scrape, shown or not. */
  add(sample: Sample): void {
    this.samples.push(sample);
    if (this.samples.length > samplesMax) this.samples.shift();
  }
  update(): void {
    if (this.samples.length === 0) return fill(this.element, h('p', {class: 'empty'}, this.world.now().why === '' ? 'A moment …' : `There are no figures: ${this.world.now().why}`));
    fill(this.element, ...charts.map((chart) => this.card(chart)));
  }
  private card(chart: Chart): HTMLElement {
    const lines = chart.lines.map(({name, measure}, index): Line => ({
      name,
      kind: index === 0 ? 'first' : 'second',
      points: this.samples.map((sample, at) => {
        const before = this.samples[Math.max(0, at - spanMin)];
        return before === undefined ? undefined : measure(before, sample);
      }),
    }));
    const said = lines.map((line) => {
      const value = line.points[line.points.length - 1];
      return `${line.name} ${value === undefined ? '–' : chart.show(value)}`;
    });
    return h('figure', {class: 'card'}, h('figcaption', {}, h('h2', {}, chart.title), h('p', {}, ...said.map((text, index) => h('span', {class: index === 0 ? 'first' : 'second'}, text)))),
      lineChart(`${chart.title}: ${said.join(', ')}`, lines, Math.max(stepsMin, this.samples.length)));
  }
}
