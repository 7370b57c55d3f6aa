// The operator's page: takes the token out of the address, looks at the relay each two seconds, shows one view at a time.
import {field, fill, form, h, say} from '../src/dom.js';
import {Api, numberOf, Refused, textOf} from './api.js';
import {parseFigures, shortNumber, sumOf, valueOf} from './figures.js';
import {Integrity} from './integrity.js';
import {MessageLife} from './life.js';
import {Moment} from './moment.js';
import {Queues} from './queues.js';
import {Rates} from './rates.js';
import {Tail} from './tail.js';
import type {Now, View, World} from './view.js';

const everyMs = 2000;
const filesEveryMs = 10_000; // without a relay, a whole look at the directory

// What the server says when it has no figures of the relay (tools/console/relay_figures.h); undefined: its own words.
const noFigures: Record<number, string | undefined> = {503: 'No relay answers: its files are read', 502: undefined, 504: undefined};

class Console {
  private now: Now = {running: false, why: '', first: 1, last: 0, sample: undefined};
  private readonly state = h('p', {class: 'state', role: 'status'});
  private readonly main = h('main', {id: 'main', tabindex: '-1'});
  private readonly buttons = new Map<View, HTMLButtonElement>();
  private readonly rates: Rates;
  private shown: View;
  private over = false;

  constructor(private readonly page: Element, private readonly api: Api) {
    const world: World = {
      api,
      now: () => this.now,
      openMessage: (id) => {
        life.open(id);
        this.show(life);
      },
      openState: (kind, id, at) => {
        this.show(moment);
        moment.open(kind, id, at);
      },
    };
    const life = new MessageLife(world);
    const moment = new Moment(world);
    this.rates = new Rates(world);
    const views: View[] = [new Tail(world), moment, life, new Queues(world), new Integrity(world), this.rates];
    this.shown = views[0] as View;
    for (const view of views) this.buttons.set(view, h('button', {type: 'button', click: () => this.show(view)}, view.name));
    fill(page, h('header', {class: 'top'}, h('h1', {}, 'mnm'), this.state, h('nav', {'aria-label': 'Views'}, ...this.buttons.values())), this.main);
    this.show(this.shown);
  }

  async run(): Promise<void> {
    while (!this.over) {
      let pause = everyMs;
      if (document.visibilityState === 'visible' || this.now.last === 0) {
        try {
          if (!(await this.look())) pause = filesEveryMs;
          if (!this.over) this.shown.update();
        } catch (problem) {
          if (this.over) return;
          if (problem instanceof Refused && (problem.status === 401 || problem.status === 0)) return this.end(problem.message);
          this.tell(problem instanceof Error ? problem.message : String(problem), true);
        }
      }
      await new Promise((wake) => setTimeout(wake, pause));
    }
  }

  /** Another has taken its place. */
  leave(): void {
    this.over = true;
  }

  /** Whether a relay answered; else the files did. */
  private async look(): Promise<boolean> {
    if (this.now.last === 0) await this.readFiles();
    try {
      const sample = parseFigures(textOf((await this.api.one('metrics'))['metrics']), Date.now());
      this.rates.add(sample);
      this.now = {...this.now, running: true, why: '', last: valueOf(sample, 'mnm_log_durable_lsn') ?? this.now.last, sample};
      this.tell(`Running · LSN ${this.now.last} · ${shortNumber(sumOf(sample, 'mnm_users'))} users · ${shortNumber(sumOf(sample, 'mnm_sessions'))} sessions · ${shortNumber(sumOf(sample, 'mnm_queued_messages'))} waiting`, false);
      return true;
    } catch (problem) {
      if (!(problem instanceof Refused) || !(problem.status in noFigures)) throw problem;
      const why = noFigures[problem.status] ?? problem.message;
      this.now = {...this.now, why};
      this.tell(`${why} · LSN ${this.now.last}`, true);
      await this.readFiles(why);
      this.tell(`${why} · LSN ${this.now.last}`, true);
    }
    return false;
  }
  private async readFiles(why = ''): Promise<void> {
    const info = await this.api.one('info');
    this.now = {running: false, why, first: numberOf(info['tail_lsn']), last: numberOf(info['head_lsn']), sample: undefined};
  }

  private tell(text: string, bad: boolean): void {
    if (this.state.textContent !== text) this.state.textContent = text;
    this.state.classList.toggle('bad', bad);
  }
  private show(view: View): void {
    this.shown = view;
    for (const [each, button] of this.buttons) {
      if (each === view) button.setAttribute('aria-current', 'page');
      else button.removeAttribute('aria-current');
    }
    fill(this.main, view.element);
    view.update();
  }
  private end(why: string): void {
    say(why);
    askForToken(this.page, why);
  }
}

let current: Console | undefined;
function enter(page: Element, token: string): void {
  current?.leave();
  current = new Console(page, new Api(token));
  void current.run();
}

/** The token is asked for where the address has none: after a reload, for it is kept nowhere. */
function askForToken(page: Element, why: string): void {
  const input = h('input', {type: 'password', autocomplete: 'off', required: true});
  fill(page, h('main', {id: 'main', class: 'plain', tabindex: '-1'}, h('h1', {}, 'mnm console'), h('p', {}, why),
    form('Go on', async () => {
      const token = input.value.trim().replace(/^.*#token=/, '');
      await new Api(token).one('info');
      enter(page, token);
    }, field('Token', input, 'What mnmctl console printed, or the end of it'))));
}

const page = document.getElementById('page');
if (page !== null) {
  const taken = (): boolean => {
    const token = /^#token=([0-9a-f]+)$/.exec(location.hash)?.[1];
    if (location.hash !== '') history.replaceState(null, '', location.pathname);
    if (token !== undefined) enter(page, token);
    return token !== undefined;
  };
  addEventListener('hashchange', taken); // the address of another start, in a tab that is open
  if (!taken()) askForToken(page, 'Run mnmctl console on the relay’s machine, and open the address that it prints.');
}
