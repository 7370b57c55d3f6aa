// The list of conversations.
import {titleOf} from './book.js';
import {h} from './dom.js';
import type {Mailbox} from './mailbox.js';
import type {Summary, Talk} from './types.js';
import {shortTime} from './words.js';

export function talkList(mailbox: Mailbox, open: Talk | undefined, choose: (talk: Talk) => void, now: Date): HTMLElement {
  const talks = [...mailbox.book.talks].filter(([talk]) => talk !== '').sort(([, a], [, b]) => (a.at < b.at ? 1 : -1));
  if (talks.length === 0) {
    return h('p', {class: 'empty'}, 'Nobody here yet. Begin a conversation with the + above, or tell others your alias.');
  }
  return h('ul', {class: 'talks'}, ...talks.map(([talk, summary]) => h('li', {}, row(mailbox, talk, summary, talk === open, choose, now))));
}

function row(mailbox: Mailbox, talk: Talk, {text, at, unread}: Summary, current: boolean, choose: (talk: Talk) => void, now: Date): HTMLElement {
  const title = titleOf(mailbox.book, talk, mailbox.me);
  const here = isHere(mailbox, talk);
  return h(
    'button',
    {type: 'button', class: 'talk', click: () => choose(talk), 'data-talk': talk, ...(current ? {'aria-current': 'true'} : {})},
    face(title, talk, here),
    h('span', {class: 'name'}, title, here && h('span', {class: 'unseen'}, ', online')),
    h('time', {datetime: at}, shortTime(at, now)),
    h('span', {class: 'preview'}, text),
    unread > 0 && h('span', {class: 'unread'}, String(unread), h('span', {class: 'unseen'}, ' unread')),
  );
}

export function isHere(mailbox: Mailbox, talk: Talk): boolean {
  return talk.startsWith('u:') && mailbox.here.has(talk.slice(2));
}

/** The first letter, on a colour that stays the same for a name. */
export function face(title: string, talk: Talk, here: boolean): HTMLElement {
  let sum = 0;
  for (const unit of talk) sum = (sum * 31 + (unit.codePointAt(0) ?? 0)) % 8191;
  const letter = Array.from(title.replace(/[^\p{L}\p{N}]/gu, ''))[0] ?? '?';
  const kind = talk.startsWith('g:') ? ' group' : '';
  return h('span', {class: `face shade-${sum % 6}${kind}${here ? ' here' : ''}`, 'aria-hidden': 'true'}, letter.toUpperCase());
}
