// Whether every octet of the log is what it was: what is signed, and a check of all of it.
import {h} from '../src/dom.js';
import {fieldsOf, listOf, numberOf, textOf, type Fields} from './api.js';
import {shortNumber} from './figures.js';
import {Asker, fieldList, fullTime, type View, type World} from './view.js';

const checkedByItself = 200_000; // events: a second or so; more are checked when asked

/** One line for people. Pure. */
export function verdictOf(verify: Fields): {ok: boolean; text: string} {
  const events = shortNumber(numberOf(verify['events']));
  if (verify['ok'] !== true) {
    const first = verify['first_bad_lsn'] === undefined ? '' : `, from LSN ${numberOf(verify['first_bad_lsn'])} on`;
    return {ok: false, text: `Not what it was${first}: ${listOf(verify['findings']).map((each) => textOf(fieldsOf(each)['text'])).join('; ')}`};
  }
  const dropped = numberOf(fieldsOf(verify['heads'])['dropped']);
  if (dropped > 0) return {ok: false, text: `Nothing is damaged, but ${dropped} signed heads cover what a restore has dropped`};
  return {ok: true, text: `All ${events} events hold: checksums, numbers, chain, events_root, and the fold of them`};
}

/** What the signed heads add to it, and what not. `worth`: the server's word for them (tools/console/question.h). Pure. */
export function headsOf(verify: Fields, worth: string): string {
  if (worth === 'missing') return 'No heads file is there: whoever can write the directory could have written all of this log';
  if (verify['heads'] === undefined) return 'No head was signed yet: whoever can write the directory could have written all of this log';
  const heads = fieldsOf(verify['heads']);
  const covered = numberOf(heads['covered_lsn']);
  const last = numberOf(verify['last_lsn']);
  const by = worth === 'given' ? 'by the key that was given' : 'by the key that lies beside the log, so whoever rewrote the log could have signed it anew (--pubkey names one that is kept elsewhere)';
  const rest = covered < last ? `; LSN ${covered + 1} to ${last} no head covers yet` : '';
  return `Signed ${by}: ${numberOf(heads['held'])} heads hold, ${covered === 0 ? 'which cover nothing of it' : `through LSN ${covered}`}${rest}`;
}

export class Integrity implements View {
  readonly name = 'Integrity';
  readonly element: HTMLElement;
  private readonly about = h('div', {class: 'result'});
  private readonly result = h('div', {class: 'result', 'aria-live': 'polite'});
  private readonly asker = new Asker(this.result);
  private begun = false;

  constructor(private readonly world: World) {
    this.element = h('section', {'aria-label': 'Integrity'}, h('div', {class: 'acts'}, h('button', {type: 'button', class: 'main', click: () => this.check()}, 'Check all now')), this.result, this.about);
  }
  update(): void {
    const {first, last} = this.world.now();
    if (this.begun || last === 0) return;
    this.begun = true;
    void new Asker(this.about).show(async (signal) => [h('h2', {}, 'The directory'), fieldList(await this.world.api.one('info', {}, signal))]);
    if (last - first < checkedByItself) this.check();
    else this.result.append(h('p', {class: 'hint'}, `${shortNumber(last - first + 1)} events: they are checked when you ask.`));
  }
  private check(): void {
    this.result.replaceChildren(h('p', {class: 'hint', role: 'status'}, 'Reading every record …'));
    void this.asker.show(async (signal) => {
      const {text, heads} = await this.world.api.answer('verify', {}, signal);
      const verify = JSON.parse(text) as Fields;
      const verdict = verdictOf(verify);
      return [h('p', {class: verdict.ok ? 'verdict' : 'verdict bad', role: 'status'}, verdict.text),
        h('p', {class: 'hint'}, `Checked ${fullTime(new Date().toISOString())}`), h('p', {class: 'heads'}, headsOf(verify, heads)), fieldList(verify, ['ok'])];
    });
  }
}
