// The live tail: events as they become durable, and only those that pass the filters.
import {dialog, field, fill, h} from '../src/dom.js';
import {numberOf, Refused, textOf, type Fields, type Params} from './api.js';
import {Asker, clockOf, errorNode, fieldList, messageOf, type View, type World} from './view.js';

const rowsMax = 400;
const askedMax = 200;
const lagMax = 5000; // more than this behind: what is between is left out, and the page says so

const filters: [string, string, string][] = [
  ['op', 'Op or event', 'post, ack, stored, …'],
  ['user', 'User', 'alias or uid'],
  ['node', 'Node', 'alias/1'],
  ['group', 'Group', 'its name'],
  ['msgid', 'Message', '16 hex digits'],
  ['session', 'Session', 'number'],
  ['where', 'Where', 'data_bytes > 1MB'],
  ['grep', 'Contains', 'regular expression'],
];

export class Tail implements View {
  readonly name = 'Live';
  readonly element: HTMLElement;
  private readonly rows = h('tbody');
  private readonly note = h('p', {class: 'hint', role: 'status'});
  private readonly inputs = new Map<string, HTMLInputElement>();
  private readonly pause: HTMLButtonElement;
  private params: Params = {};
  private seen: number | undefined; // the last LSN that was looked at; none: begin anew
  private refused = 0; // with which last LSN nothing could be begun: the same question would be refused again
  private busy = false;
  private paused = false;
  private round = 0; // of filters

  constructor(private readonly world: World) {
    this.pause = h('button', {type: 'button', 'aria-pressed': 'false', click: () => this.toggle()}, 'Pause');
    const fields = filters.map(([name, label, hint]) => {
      const input = h('input', {name, placeholder: hint, autocomplete: 'off', spellcheck: 'false'});
      this.inputs.set(name, input);
      return field(label, input);
    });
    const form = h('form', {class: 'filters', submit: (event: Event) => this.apply(event), reset: () => setTimeout(() => this.apply())}, ...fields,
      h('div', {class: 'acts'}, h('button', {class: 'main'}, 'Filter'), h('button', {type: 'reset'}, 'Clear'), this.pause));
    this.element = h('section', {'aria-label': 'Live events'}, form, this.note,
      h('div', {class: 'wide', tabindex: '0', role: 'log', 'aria-live': 'off', 'aria-label': 'Events, the newest first'},
        h('table', {class: 'events'}, h('thead', {}, h('tr', {}, ...['Time', 'LSN', 'Event', 'By', 'What'].map((name) => h('th', {scope: 'col'}, name)))), this.rows)));
  }

  update(): void {
    if (!this.paused) void this.look();
  }

  private toggle(): void {
    this.paused = !this.paused;
    this.pause.setAttribute('aria-pressed', String(this.paused));
    this.pause.textContent = this.paused ? 'Go on' : 'Pause';
    this.update();
  }
  private apply(event?: Event): void {
    event?.preventDefault();
    this.params = {};
    for (const [name, input] of this.inputs) this.params[name] = input.value.trim();
    this.seen = undefined;
    this.refused = 0;
    ++this.round;
    void this.look();
  }

  private async look(): Promise<void> {
    const {last} = this.world.now();
    if (this.busy || last <= (this.seen ?? this.refused) || last === 0) return;
    this.busy = true;
    const {round} = this;
    try {
      if (this.seen === undefined) await this.begin(last, round);
      else await this.goOn(this.seen, last, round);
    } catch (problem) {
      if (round !== this.round) return;
      this.note.textContent = messageOf(problem);
      if (problem instanceof Refused && (problem.status === 400 || problem.status === 404)) this.giveUp(last, messageOf(problem));
    } finally {
      this.busy = false;
      if (round !== this.round) void this.look();
    }
  }
  /** A question that is refused would be again; all other failures pass, and nothing counts as seen until it was. */
  private giveUp(last: number, why: string): void {
    if (this.seen === undefined) {
      this.rows.replaceChildren(); // of earlier filters
      this.refused = last;
      return;
    }
    this.gap(this.seen + 1, last, why);
    this.seen = last;
  }
  private gap(from: number, to: number, why: string): void {
    this.rows.prepend(h('tr', {class: 'gap'}, h('td', {colspan: '5'}, `LSN ${from} to ${to}: ${why}`)));
  }

  private async begin(last: number, round: number): Promise<void> {
    const {found, error} = await this.world.api.lines('events', {...this.params, range: `..${last}`, reverse: 1, limit: askedMax});
    if (round !== this.round) return;
    fill(this.rows, ...found.map((event) => this.row(event)));
    this.note.textContent = error ?? (found.length === 0 ? 'Nothing passes yet.' : '');
    if (error === undefined || found.length > 0) this.seen = last; // the newest are there
  }
  private async goOn(seen: number, last: number, round: number): Promise<void> {
    const from = last - seen > lagMax ? last - askedMax : seen;
    const {found, error} = await this.world.api.lines('events', {...this.params, range: `${from + 1}..${last}`, limit: askedMax});
    if (round !== this.round) return;
    if (from > seen) this.gap(seen + 1, from, 'came faster than they could be shown');
    for (const event of found) this.rows.prepend(this.row(event));
    while (this.rows.rows.length > rowsMax) this.rows.deleteRow(-1);
    this.note.textContent = error ?? '';
    const shown = numberOf(found[found.length - 1]?.['lsn']);
    this.seen = error !== undefined || found.length === askedMax ? Math.max(shown, from) : last;
  }

  private row(event: Fields): HTMLTableRowElement {
    const lsn = numberOf(event['lsn']);
    const time = textOf(event['time']);
    const message = textOf(event['msgid']);
    const who = textOf(event['actor_node'] ?? event['actor'] ?? event['peer'] ?? 'relay');
    const show = (): void => void this.details(lsn);
    return h('tr', {}, h('td', {}, h('time', {datetime: time, title: time}, clockOf(time))),
      h('td', {}, h('button', {type: 'button', class: 'link', 'aria-label': `All of LSN ${lsn}`, click: show}, String(lsn))),
      h('td', {}, h('span', {class: 'tag'}, textOf(event['event']))),
      h('td', {class: 'who', title: who}, who),
      h('td', {class: 'what'}, textOf(event['what']), message !== '' && h('button', {type: 'button', class: 'link', 'aria-label': `Life of ${message}`, click: () => this.world.openMessage(message)}, 'Life')));
  }
  private async details(lsn: number): Promise<void> {
    const place = h('div', {class: 'details'});
    const box = dialog(`LSN ${lsn}`, place);
    await new Asker(place).show(async (signal) => {
      const {found: [event], error} = await this.world.api.lines('event', {at: lsn}, signal);
      if (event === undefined) return [error === undefined ? 'There is no such event.' : errorNode(error)];
      const user = textOf(event['actor'] ?? event['user']);
      const open = (): void => {
        box.close();
        this.world.openState('user', user, String(lsn));
      };
      return [fieldList(event), user === '' ? '' : h('button', {type: 'button', click: open}, 'The user at this moment')];
    });
  }
}
