// The page as a whole: the list beside what is open; on a phone one of them at a time.
import {newTalk} from './about.js';
import {fill, h, iconButton, say} from './dom.js';
import type {BrowserStore} from './idb.js';
import type {Mailbox} from './mailbox.js';
import {SettingsView} from './settings.js';
import {TalkView} from './talk.js';
import {talkList} from './talks.js';
import type {Entry, Talk} from './types.js';
import {titleOf} from './book.js';

const standings = {connecting: 'Connecting…', online: 'Connected', offline: 'No connection', replaced: 'In use elsewhere', refused: 'Not logged in'};

export class Shell {
  readonly element: HTMLElement;
  private readonly list = h('div', {class: 'list'});
  private readonly standing = h('p', {class: 'standing', role: 'status'});
  private readonly notice = h('div', {class: 'notice', role: 'alert', hidden: true});
  private readonly main = h('main', {id: 'main', tabindex: '-1'});
  private view: TalkView | SettingsView | undefined;

  constructor(private readonly mailbox: Mailbox, private readonly store: BrowserStore) {
    this.element = h(
      'div',
      {class: 'shell'},
      h(
        'nav',
        {'aria-label': 'Conversations'},
        h(
          'header',
          {class: 'bar'},
          h('div', {class: 'who'}, h('h1', {}, 'mnm'), this.standing),
          iconButton('plus', 'New conversation', () => newTalk(mailbox, (talk) => this.open(talk))),
          iconButton('gear', 'Settings', () => this.settings()),
        ),
        this.notice,
        this.list,
      ),
      this.main,
    );
    // No address changes, so nothing of a conversation gets into a history that others read; but `back` goes back.
    addEventListener('popstate', () => this.close());
    this.showNothing();
  }

  /** The conversation that is open; its reader sees it only while the page is in front. */
  get talk(): Talk | undefined {
    return this.view instanceof TalkView ? this.view.talk : undefined;
  }

  update(): void {
    const {mailbox} = this;
    const waiting = mailbox.outbox.waiting.length;
    this.standing.textContent = standings[mailbox.standing] + (waiting > 0 ? `, ${waiting} to be sent` : '');
    this.standing.dataset['standing'] = mailbox.standing;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['talk'] : undefined;
    fill(this.list, talkList(mailbox, this.talk, (talk) => this.open(talk), new Date()));
    if (focused !== undefined) for (const row of this.list.querySelectorAll<HTMLElement>('.talk')) if (row.dataset['talk'] === focused) row.focus();
    this.view?.update();
    const unread = [...mailbox.book.talks].reduce((sum, [talk, each]) => sum + (talk === '' ? 0 : each.unread), 0);
    document.title = unread > 0 ? `(${unread}) mnm` : 'mnm';
    if (mailbox.standing === 'refused') this.tell('The relay does not let this device in (any more): it was removed, or the relay is another.', 'Try again', () => mailbox.comeBack());
    else if (this.notice.dataset['standing'] === 'yes') this.notice.hidden = true;
  }
  arrived(entry: Entry, moved: {from: Talk; to: Talk} | undefined): void {
    if (moved !== undefined && this.talk === moved.from) return this.open(moved.to);
    if (this.view instanceof TalkView && this.view.talk === entry.talk) this.view.add(entry);
    else if (entry.talk !== '' && entry.from !== this.mailbox.me) say(`New message: ${titleOf(this.mailbox.book, entry.talk, this.mailbox.me)}`);
  }
  trouble(text: string): void {
    this.tell(text, 'Close', () => undefined);
    delete this.notice.dataset['standing'];
  }

  open(talk: Talk): void {
    const view = new TalkView(this.mailbox, this.store, talk, () => history.back());
    this.show(view);
    void this.mailbox.read(talk);
  }
  private settings(): void {
    this.show(new SettingsView(this.mailbox, this.store, () => history.back()));
  }
  private show(view: TalkView | SettingsView): void {
    if (this.view === undefined) history.pushState({open: true}, '');
    if (this.view instanceof TalkView) this.view.close();
    this.view = view;
    fill(this.main, view.element);
    this.element.classList.add('opened');
    void view.open();
    this.update();
  }
  private close(): void {
    if (this.view instanceof TalkView) this.view.close();
    this.view = undefined;
    this.showNothing();
    this.update();
  }
  private showNothing(): void {
    this.element.classList.remove('opened');
    fill(this.main, h('p', {class: 'empty'}, 'Choose a conversation, or begin one.'));
  }
  private tell(text: string, button: string, act: () => void): void {
    const press = (): void => {
      this.notice.hidden = true;
      act();
    };
    this.notice.hidden = false;
    this.notice.dataset['standing'] = 'yes';
    if (this.notice.dataset['text'] === text && this.notice.childElementCount > 0) return;
    this.notice.dataset['text'] = text;
    fill(this.notice, h('p', {}, text), h('button', {type: 'button', click: press}, button));
  }
}
