// What those see who have no account in this browser yet.
import {field, form, h} from './dom.js';
import type {Mailbox} from './mailbox.js';
import type {SavedAccount} from './types.js';

const keyForm = /^\s*([0-9A-Za-z+%]{32})\/([0-9A-Za-z+%=]{40})\/(\d{1,10})\s*$/;
export const keyText = ({uid, nodeid, nodenum}: SavedAccount): string => `${uid}/${nodeid}/${nodenum}`;
export function readKey(text: string): SavedAccount {
  const [, uid = '', nodeid = '', nodenum = ''] = keyForm.exec(text) ?? [];
  if (uid === '') throw new Error('This is no device key: it has three parts, with / between them.');
  return {uid, nodeid, nodenum: Number(nodenum)};
}

/** `entered`: an account is there now. */
export function welcome(mailbox: Mailbox, entered: () => void): HTMLElement {
  const alias = h('input', {name: 'alias', autocomplete: 'off', spellcheck: 'false', minlength: '8', maxlength: '200', autocapitalize: 'none'});
  const device = h('input', {name: 'device', required: true, value: guessDevice(), maxlength: '100', autocomplete: 'off'});
  const key = h('input', {name: 'key', type: 'password', required: true, autocomplete: 'off', spellcheck: 'false'});
  const register = form(
    'Create an account',
    async () => {
      await mailbox.register(device.value.trim(), alias.value.trim());
      void navigator.storage?.persist?.(); // the browser may say no; then it may clear us away when its disk is full
      entered();
    },
    field('Your alias', alias, 'What others reach you by; 8 characters or more. You can do without, and add more later.'),
    field('This device', device, 'How it is called among your devices.'),
  );
  const login = form(
    'Log in',
    async () => {
      await mailbox.login(readKey(key.value));
      entered();
    },
    field('Device key', key, 'On a device that is logged in: Settings, Add a device.'),
  );
  return h(
    'main',
    {id: 'main', class: 'welcome', tabindex: '-1'},
    h('h1', {}, 'mnm'),
    h('p', {class: 'lead'}, 'Messages that wait until everybody has them.'),
    h('section', {class: 'card'}, h('h2', {}, 'New here'), register),
    h('details', {class: 'card'}, h('summary', {}, 'I have an account on another device'), login),
    h('p', {class: 'hint'}, 'Messages are kept in this browser. The relay can read what passes through it: this page does not encrypt.'),
  );
}

function guessDevice(): string {
  const {userAgent} = navigator;
  if (/iPhone|Android.*Mobile/.test(userAgent)) return 'Phone';
  return /iPad|Tablet|Android/.test(userAgent) ? 'Tablet' : 'Computer';
}
