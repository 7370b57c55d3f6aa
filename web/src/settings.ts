// The account: aliases, devices, what happened, and leaving.
import {fill, field, form, h, iconButton} from './dom.js';
import type {Mailbox} from './mailbox.js';
import type {BrowserStore} from './idb.js';
import {keyText} from './welcome.js';
import {dayOf, timeOf} from './words.js';

const activityMax = 30;

export class SettingsView {
  readonly element: HTMLElement;
  private readonly aliases = h('ul', {class: 'rows'});
  private readonly devices = h('ul', {class: 'rows'});
  private readonly activity = h('ol', {class: 'rows'});

  constructor(private readonly mailbox: Mailbox, private readonly store: BrowserStore, back: () => void) {
    this.element = h(
      'section',
      {class: 'settings', 'aria-label': 'Settings'},
      h('header', {class: 'bar'}, iconButton('back', 'All conversations', back, {class: 'icon back'}), h('div', {class: 'who'}, h('h2', {tabindex: '-1'}, 'Settings'))),
      h(
        'div',
        {class: 'scroller'},
        h('section', {class: 'card'}, h('h3', {}, 'Aliases'), h('p', {class: 'hint'}, 'What others reach you by.'), this.aliases, this.newAlias()),
        h('section', {class: 'card'}, h('h3', {}, 'Devices'), this.devices, this.newDevice()),
        h('section', {class: 'card'}, h('h3', {}, 'What happened'), this.activity),
        h('section', {class: 'card'}, h('h3', {}, 'You'), h('p', {class: 'hint'}, 'Your user id'), h('p', {class: 'key'}, this.mailbox.me), this.leave()),
      ),
    );
  }

  async open(): Promise<void> {
    this.update();
    await this.mailbox.read('');
    const entries = (await this.store.entries('', activityMax)).filter(({text}) => text !== '');
    fill(this.activity, ...entries.reverse().map(({at, text}) => h('li', {}, h('span', {}, text), h('time', {datetime: at}, `${dayOf(at)}, ${timeOf(at)}`))));
    if (entries.length === 0) fill(this.activity, h('li', {class: 'hint'}, 'Nothing yet.'));
  }
  update(): void {
    const {book, account} = this.mailbox;
    const rows = [...book.aliases].map(([alias, once]) =>
      h('li', {}, h('span', {}, alias, once && h('span', {class: 'hint'}, ' for one use')), this.button('Give up', `Give up ${alias}`, () => this.mailbox.dropAlias(alias))),
    );
    fill(this.aliases, ...rows);
    const devices = [...book.devices].sort(([a], [b]) => a - b).map(([num, {name, leaving}]) => {
      const own = num === account?.nodenum;
      const act = leaving ? this.button('Keep', `Keep ${name}`, () => this.mailbox.keepDevice(num)) : this.button('Remove', `Remove ${name}`, () => this.mailbox.dropDevice(num));
      const state = own ? ' this one' : leaving ? ' is to be removed' : '';
      return h('li', {}, h('span', {}, name || `Device ${num}`, h('span', {class: 'hint'}, state)), !own && act);
    });
    fill(this.devices, ...devices);
  }

  private button(text: string, words: string, act: () => Promise<void>): HTMLElement {
    const error = h('span', {class: 'error', role: 'alert'});
    const run = async (): Promise<void> => {
      button.disabled = true;
      try {
        await act();
      } catch (problem) {
        error.textContent = problem instanceof Error ? problem.message : String(problem);
      }
      button.disabled = false;
    };
    const button = h('button', {type: 'button', class: 'quiet', 'aria-label': words, click: () => void run()}, text);
    return h('span', {}, error, button);
  }

  private newAlias(): HTMLElement {
    const alias = h('input', {required: true, minlength: '8', maxlength: '200', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', name: 'alias'});
    const once = h('input', {type: 'checkbox'});
    return form(
      'Add the alias',
      async () => {
        await this.mailbox.addAlias(alias.value.trim(), once.checked);
        alias.value = '';
      },
      field('New alias', alias, '8 characters or more.'),
      h('label', {class: 'check'}, once, 'For one use: the first word that reaches it retires it'),
    );
  }

  private newDevice(): HTMLElement {
    const name = h('input', {required: true, maxlength: '100', autocomplete: 'off', name: 'device'});
    const shown = h('div', {role: 'status'});
    const add = form(
      'Add a device',
      async () => {
        const account = await this.mailbox.addDevice(name.value.trim());
        name.value = '';
        fill(
          shown,
          h('p', {}, 'Its key. Put it into that device, and nowhere else: whoever has it is you.'),
          h('p', {class: 'key', 'data-key': 'device'}, keyText(account)),
          h('button', {type: 'button', class: 'quiet', click: () => fill(shown)}, 'Hide it'),
        );
      },
      field('Name of a further device', name),
    );
    return h('div', {}, add, shown);
  }

  private leave(): HTMLElement {
    const sure = h('input', {type: 'checkbox', required: true});
    const leave = form(
      'Forget everything here',
      async () => {
        await this.mailbox.forget();
        location.reload();
      },
      h('label', {class: 'check'}, sure, 'Erase the account’s key and all messages from this browser. Without another device, the account is lost.'),
    );
    leave.classList.add('danger');
    return leave;
  }
}
