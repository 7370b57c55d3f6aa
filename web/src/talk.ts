// One conversation: what was said, and what one says.
import {isHere} from './talks.js';
import {nameOf, titleOf} from './book.js';
import {fill, h, iconButton, picture, say} from './dom.js';
import {aboutTalk} from './about.js';
import type {Mailbox} from './mailbox.js';
import type {BrowserStore} from './idb.js';
import type {Entry, Talk, Waiting} from './types.js';
import {dayOf, sizeOf, timeOf} from './words.js';

const pageSize = 60;
const pictureBytesMax = 8_000_000;
/** As much as can be held in memory several times over. */
const fileBytesMax = 256 * 1024 * 1024;
const pictureTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

export class TalkView {
  readonly element: HTMLElement;
  private readonly title = h('h2', {tabindex: '-1'});
  private readonly state = h('p', {class: 'state'});
  private readonly asks = h('div', {class: 'asks'});
  // `log` is aria-live polite: what is added is read out.
  private readonly log = h('ol', {class: 'log', role: 'log', 'aria-label': 'Messages', tabindex: '0'});
  private readonly queue = h('ol', {class: 'log queue', 'aria-label': 'Not sent yet'});
  private readonly scroller: HTMLElement;
  private readonly composer: HTMLElement;
  private readonly input = h('textarea', {rows: '1', placeholder: 'Write a message', 'aria-label': 'Message', enterkeyhint: 'send'});
  private readonly shown = new Set<string>();
  private readonly pictures: string[] = [];
  private first: Entry | undefined;
  private last: Entry | undefined;

  constructor(
    private readonly mailbox: Mailbox,
    private readonly store: BrowserStore,
    readonly talk: Talk,
    back: () => void,
  ) {
    this.composer = this.makeComposer();
    this.scroller = h('div', {class: 'scroller'}, this.log, this.queue);
    this.element = h(
      'section',
      {class: 'conversation', 'aria-label': 'Conversation'},
      h(
        'header',
        {class: 'bar'},
        iconButton('back', 'All conversations', back, {class: 'icon back'}),
        h('div', {class: 'who'}, this.title, this.state),
        iconButton('info', 'About this conversation', () => aboutTalk(this.mailbox, this.talk)),
      ),
      this.asks,
      this.scroller,
      this.composer,
    );
  }

  async open(): Promise<void> {
    this.update();
    const entries = await this.store.entries(this.talk, pageSize);
    for (const entry of entries) this.add(entry);
    this.offerEarlier(entries.length);
    this.toEnd();
    this.title.focus({preventScroll: true});
  }
  close(): void {
    for (const url of this.pictures) URL.revokeObjectURL(url);
  }

  /** A message that is newer than all before it, or was among those read. */
  add(entry: Entry): void {
    if (this.shown.has(entry.id)) return;
    this.shown.add(entry.id);
    this.first ??= entry;
    const atEnd = this.isAtEnd();
    this.log.append(...this.rows(entry, this.last));
    this.last = entry;
    if (atEnd) this.toEnd();
  }

  /** After anything changed. */
  update(): void {
    const {book, me} = this.mailbox;
    const {talk} = this;
    this.title.textContent = titleOf(book, talk, me);
    const name = talk.slice(2);
    const group = talk.startsWith('g:') ? book.groups.get(name) : undefined;
    const contact = talk.startsWith('u:') ? book.contacts.get(name) : undefined;
    this.state.textContent = isHere(this.mailbox, talk)
      ? 'online'
      : group !== undefined
      ? `Group${group.members.length > 0 ? ` with ${group.members.join(', ')}` : ''}`
      : talk.startsWith('a:')
      ? 'has not answered yet'
      : contact !== undefined && contact.name !== ''
      ? contact.alias
      : '';
    this.updateAsks(group?.status, contact !== undefined && !contact.accepted);
    this.composer.hidden = talk.startsWith('a:') || (group !== undefined && group.status !== 'joined');
    const atEnd = this.isAtEnd();
    const waiting = this.mailbox.outbox.waiting.filter((each) => each.talk === talk);
    fill(this.queue, ...waiting.map((each) => this.waitingRow(each)));
    if (atEnd) this.toEnd();
  }

  // ------------------------------------------------------------------------------------------------------------- asks

  private updateAsks(status: string | undefined, isNew: boolean): void {
    const ask = (text: string, button: string, act: () => Promise<void>): Node[] => [
      h('p', {}, text),
      h('button', {type: 'button', class: 'main', click: (event: Event) => void this.try(event, act)}, button),
    ];
    const name = this.talk.slice(2);
    const parts =
      status === 'invited'
        ? ask('You are invited to this group.', 'Join', () => this.mailbox.join(name))
        : status === 'left'
        ? [h('p', {}, 'You are not in this group.')]
        : isNew
        ? ask('This is a new contact. If you answer, they may write to you and see when you are here.', 'Answer', () => this.answer(name))
        : [];
    const key = `${String(status)} ${String(isNew)}`;
    if (this.asks.dataset['key'] === key) return; // the button may have the focus
    this.asks.dataset['key'] = key;
    fill(this.asks, ...parts);
  }
  private answer(uid: string): Promise<void> {
    const [alias] = this.mailbox.book.aliases.keys();
    return this.mailbox.accept(uid, alias);
  }
  private async try(event: Event, act: () => Promise<void>): Promise<void> {
    const button = event.currentTarget as HTMLButtonElement;
    button.disabled = true;
    try {
      await act();
    } catch (error) {
      this.asks.append(h('p', {class: 'error', role: 'alert'}, String(error instanceof Error ? error.message : error)));
    }
    button.disabled = false;
  }

  // --------------------------------------------------------------------------------------------------------- messages

  private rows(entry: Entry, before: Entry | undefined): HTMLElement[] {
    const rows: HTMLElement[] = [];
    if (before === undefined || dayOf(before.at) !== dayOf(entry.at)) rows.push(h('li', {class: 'day'}, dayOf(entry.at)));
    if (entry.kind === 'note') return [...rows, h('li', {class: 'note', 'data-id': entry.id}, entry.text)];
    const mine = entry.from === this.mailbox.me;
    const sameVoice = before !== undefined && before.kind !== 'note' && before.from === entry.from && rows.length === 0;
    const name = mine ? 'You' : nameOf(this.mailbox.book, entry.from);
    const showName = !sameVoice && !mine && this.talk.startsWith('g:');
    const row = h(
      'li',
      {class: `message${mine ? ' mine' : ''}${sameVoice ? ' same' : ''}`, 'data-id': entry.id},
      h('span', {class: showName ? 'author' : 'unseen'}, name),
      h('div', {class: 'bubble'}, entry.kind === 'file' ? this.file(entry) : h('span', {class: 'text'}, entry.text), h('time', {datetime: entry.at}, timeOf(entry.at))),
    );
    return [...rows, row];
  }

  private file(entry: Entry): HTMLElement {
    const {type = '', size = 0} = entry.file ?? {};
    const button = h(
      'button',
      {type: 'button', class: 'file', click: () => void this.save(entry)},
      picture('file'),
      h('span', {class: 'name'}, entry.text),
      h('span', {class: 'size'}, h('span', {class: 'unseen'}, 'Save, '), sizeOf(size)),
    );
    if (!pictureTypes.includes(type) || size > pictureBytesMax) return button;
    const box = h('div', {class: 'picture'}, button);
    void this.store.body(entry.id).then((blob) => {
      if (blob === undefined) return;
      const url = URL.createObjectURL(new Blob([blob], {type}));
      this.pictures.push(url);
      const image = h('img', {src: url, alt: entry.text, load: () => this.toEndIf(atEnd)});
      const atEnd = this.isAtEnd();
      box.prepend(image);
    });
    return box;
  }
  // Always as octets: a page that somebody sent must not open as one of ours.
  private async save(entry: Entry): Promise<void> {
    const blob = await this.store.body(entry.id);
    if (blob === undefined) return say('The file is not in this browser.');
    const url = URL.createObjectURL(new Blob([blob], {type: 'application/octet-stream'}));
    h('a', {href: url, download: entry.text}).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  private waitingRow({seq, entry, error}: Waiting): HTMLElement {
    const online = this.mailbox.standing === 'online';
    const {outbox} = this.mailbox;
    const state = error !== '' ? `Not sent: ${error}` : online ? 'Sending…' : 'Waits until there is a connection';
    const what = entry.kind === 'file' ? `${entry.text} (${sizeOf(entry.file?.size ?? 0)})` : entry.text;
    return h(
      'li',
      {class: `message mine${error === '' ? '' : ' refused'}`},
      h('div', {class: 'bubble'}, h('span', {class: 'text'}, what)),
      h('p', {class: 'hint'}, state),
      error !== '' && h('button', {type: 'button', click: () => void outbox.again(seq, crypto.getRandomValues(new Uint32Array(4)).join('-'))}, 'Try again'),
      error !== '' && h('button', {type: 'button', click: () => void outbox.discard(seq)}, 'Discard'),
    );
  }

  private offerEarlier(count: number): void {
    if (count < pageSize) return;
    const more: HTMLElement = h('button', {type: 'button', class: 'quiet', click: () => void this.earlier(row)}, 'Earlier messages');
    const row: HTMLElement = h('li', {class: 'day'}, more);
    this.log.prepend(row);
  }
  private async earlier(row: HTMLElement): Promise<void> {
    const entries = await this.store.entries(this.talk, pageSize, this.first?.id);
    row.remove();
    const height = this.scroller.scrollHeight;
    let before: Entry | undefined;
    const rows = entries.flatMap((entry) => {
      this.shown.add(entry.id);
      const made = this.rows(entry, before);
      before = entry;
      return made;
    });
    this.log.prepend(...rows);
    this.first = entries[0] ?? this.first;
    this.offerEarlier(entries.length);
    this.scroller.scrollTop += this.scroller.scrollHeight - height;
  }

  // --------------------------------------------------------------------------------------------------------- composer

  private makeComposer(): HTMLElement {
    const file: HTMLInputElement = h('input', {type: 'file', multiple: true, class: 'unseen', 'aria-label': 'Attach files', tabindex: '-1', change: () => void this.attach(file)});
    const form = h(
      'form',
      {class: 'composer', submit: (event: Event) => void this.submit(event)},
      file,
      iconButton('clip', 'Attach files', () => file.click()),
      this.input,
      h('button', {class: 'icon send', 'aria-label': 'Send', title: 'Send'}, picture('send')),
    );
    this.input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    this.input.addEventListener('input', () => this.grow());
    return form;
  }
  private grow(): void {
    this.input.rows = Math.min(6, Math.max(1, this.input.value.split('\n').length));
  }
  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    const text = this.input.value.trim();
    if (text === '') return;
    this.input.value = '';
    this.grow();
    try {
      await this.mailbox.say(this.talk, text);
      this.toEnd();
    } catch (error) {
      this.input.value = text;
      say(`The browser could not keep it: ${String(error)}`);
    }
  }
  private async attach(input: HTMLInputElement): Promise<void> {
    for (const file of input.files ?? []) {
      if (file.size > fileBytesMax) say(`${file.name} is longer than ${sizeOf(fileBytesMax)}.`);
      else if (file.size > 0) await this.mailbox.sendFile(this.talk, file);
    }
    input.value = '';
    this.toEnd();
  }

  private isAtEnd(): boolean {
    const {scrollHeight, scrollTop, clientHeight} = this.scroller;
    return scrollHeight - scrollTop - clientHeight < 80;
  }
  private toEnd(): void {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }
  private toEndIf(wanted: boolean): void {
    if (wanted) this.toEnd();
  }
}
