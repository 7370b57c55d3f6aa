// An object's state at any moment: the slider is the log, from the first event kept to the last.
import {field, fill, h} from '../src/dom.js';
import {numberOf, textOf} from './api.js';
import {Asker, errorNode, fieldList, fullTime, type View, type World} from './view.js';

const settleMs = 150; // a slider that is dragged asks when it rests

export class Moment implements View {
  readonly name = 'A moment';
  readonly element: HTMLElement;
  private readonly kind = h('select', {}, ...['user', 'node', 'queue', 'group'].map((kind) => h('option', {value: kind}, kind)));
  private readonly id = h('input', {placeholder: 'alias, uid, alias/1 or a group', autocomplete: 'off', spellcheck: 'false'});
  private readonly slider = h('input', {type: 'range', min: '1', max: '1', step: '1', value: '1'});
  private readonly lsn = h('input', {type: 'number', min: '1', step: '1', value: '1', inputmode: 'numeric'});
  private readonly time = h('input', {type: 'datetime-local', step: '1'});
  private readonly when = h('output', {class: 'when'});
  private readonly result = h('div', {class: 'result', 'aria-live': 'polite'});
  private readonly asker = new Asker(this.result);
  private readonly whenAsker = new Asker(this.when);
  private timer = 0;
  private atEnd = true; // the slider goes with the log until it is moved

  constructor(private readonly world: World) {
    this.slider.addEventListener('input', () => this.moved(Number(this.slider.value)));
    this.lsn.addEventListener('change', () => this.moved(Number(this.lsn.value)));
    this.time.addEventListener('change', () => this.toTime());
    const submit = (event: Event): void => {
      event.preventDefault();
      this.ask();
    };
    this.element = h('section', {'aria-label': 'State at a moment'},
      h('form', {class: 'filters', submit}, field('What', this.kind), field('Which', this.id), h('div', {class: 'acts'}, h('button', {class: 'main'}, 'Show'))),
      h('div', {class: 'moment'}, field('Moment', this.slider), h('div', {class: 'places'}, field('LSN', this.lsn), field('Or a time', this.time)), this.when),
      this.result);
  }

  update(): void {
    const {first, last} = this.world.now();
    this.slider.min = this.lsn.min = String(first);
    this.slider.max = this.lsn.max = String(last);
    if (!this.atEnd || this.lsn.value === String(last)) return;
    this.slider.value = this.lsn.value = String(last);
    this.plan();
  }
  open(kind: string, id: string, at: string): void {
    this.kind.value = kind;
    this.id.value = id;
    this.moved(Number(at));
  }

  private moved(lsn: number): void {
    const {first, last} = this.world.now();
    this.whenAsker.stop(); // a time that was looked up would move it again
    const at = Math.min(Math.max(Math.round(lsn) || first, first), last);
    this.atEnd = at === last;
    this.slider.max = this.lsn.max = String(last);
    this.slider.value = this.lsn.value = String(at);
    this.plan();
  }
  /** To the first event at or after it; to the end when there is none, which isn't the same as not knowing. */
  private toTime(): void {
    if (this.time.value === '') return;
    clearTimeout(this.timer);
    void this.whenAsker.show(async (signal) => {
      const {found, error} = await this.world.api.lines('events', {range: `@${new Date(this.time.value).toISOString()}..`, limit: 1}, signal);
      if (error !== undefined && found.length === 0) throw new Error(error);
      if (!signal.aborted) this.moved(found.length > 0 ? numberOf(found[0]?.['lsn']) : this.world.now().last);
      return [];
    });
  }
  private plan(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), settleMs);
  }
  private ask(): void {
    clearTimeout(this.timer);
    const at = this.lsn.value;
    void this.whenAsker.show(async (signal) => {
      const {found: [event], error} = await this.world.api.lines('events', {range: at, limit: 1}, signal);
      return event === undefined ? [error === undefined ? '' : errorNode(error)] : [`LSN ${at}, ${fullTime(textOf(event['time']))}: `, h('span', {class: 'tag'}, textOf(event['event'])), ` ${textOf(event['what'])}`];
    });
    const id = this.id.value.trim();
    if (id === '') return fill(this.result, h('p', {class: 'empty'}, 'Whose state? An alias does.'));
    void this.asker.show(async (signal) => {
      const state = await this.world.api.one('state', {kind: this.kind.value, id, at}, signal);
      return [h('h2', {}, `${textOf(state['object'])} ${textOf(state['id'])}`), fieldList(state, ['object', 'id', 'at_lsn'])];
    });
  }
}
