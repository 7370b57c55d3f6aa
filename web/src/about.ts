// Dialogs about conversations: beginning one, a contact, a group.
import {dialog, field, form, h} from './dom.js';
import type {Mailbox} from './mailbox.js';
import {titleOf} from './book.js';
import type {Talk} from './types.js';

const uidForm = /^[%+123456789BCDFGHJKLMNPQRSTVWXYZ]{32}$/;
const textMax = '140'; // UTF-16 units, as maxlength counts

function ownAlias(mailbox: Mailbox): HTMLSelectElement {
  return h('select', {}, ...[...mailbox.book.aliases.keys()].map((alias) => h('option', {}, alias)));
}

export function newTalk(mailbox: Mailbox, open: (talk: Talk) => void): void {
  const whom = h('input', {required: true, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', name: 'whom'});
  const text = h('input', {maxlength: textMax, autocomplete: 'off', name: 'text'});
  const from = ownAlias(mailbox);
  const greet = form(
    'Say hello',
    async () => {
      const to = whom.value.trim();
      if (uidForm.test(to)) {
        await mailbox.talkTo(to);
        open(`u:${to}`);
      } else {
        if (from.value === '') throw new Error('You have no alias to answer to: add one in the settings.');
        open(await mailbox.greet(from.value, to, text.value.trim()));
      }
      box.close();
    },
    field('Whom?', whom, 'Their alias, or their user id.'),
    field('First words', text, 'Up to 140 characters; they may be empty.'),
    field('From', from, 'The alias of yours that they see.'),
  );
  const gid = h('input', {required: true, minlength: '8', maxlength: '200', autocomplete: 'off', spellcheck: 'false', name: 'gid'});
  const member = h('input', {required: true, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', name: 'member'});
  const as = ownAlias(mailbox);
  const group = form(
    'Make the group',
    async () => {
      const name = gid.value.trim();
      await mailbox.invite(name, as.value, member.value.trim(), '');
      open(`g:${name}`);
      box.close();
    },
    field('Name', gid, '8 characters or more; nobody else may have it.'),
    field('First member', member, 'Their alias.'),
    field('From', as, 'The alias that the group knows you by.'),
  );
  const box = dialog('New conversation', greet, h('details', {}, h('summary', {}, 'Or a group'), group));
}

export function aboutTalk(mailbox: Mailbox, talk: Talk): void {
  const title = titleOf(mailbox.book, talk, mailbox.me);
  const name = talk.slice(2);
  if (talk.startsWith('g:')) return aboutGroup(mailbox, name);
  if (talk.startsWith('a:')) {
    dialog(title, h('p', {}, 'The relay has your words for this alias. Once somebody answers, you can write more.'));
    return;
  }
  aboutPerson(mailbox, name, title);
}

function aboutPerson(mailbox: Mailbox, uid: string, title: string): void {
  const contact = mailbox.book.contacts.get(uid);
  const id = h('p', {class: 'key'}, uid);
  if (contact === undefined) {
    dialog(title, h('p', {}, 'User id'), id);
    return;
  }
  const name = h('input', {maxlength: '100', value: contact.name, autocomplete: 'off'});
  const sees: HTMLInputElement = h('input', {type: 'checkbox', checked: contact.seesMe, change: () => void mailbox.showMeTo(uid, sees.checked)});
  const box = dialog(
    title,
    form(
      'Rename',
      async () => {
        await mailbox.rename(uid, name.value.trim());
        box.close();
      },
      field('Name', name, contact.alias ? `Only you see it. Their alias is ${contact.alias}.` : 'Only you see it.'),
    ),
    h('label', {class: 'check'}, sees, 'They see when I am here'),
    h('p', {class: 'hint'}, 'User id'),
    id,
  );
}

function aboutGroup(mailbox: Mailbox, gid: string): void {
  const group = mailbox.book.groups.get(gid);
  const whom = h('input', {required: true, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', name: 'invitee'});
  const text = h('input', {maxlength: textMax, autocomplete: 'off'});
  const invite = form(
    'Invite',
    async () => {
      await mailbox.invite(gid, group?.alias ?? '', whom.value.trim(), text.value.trim());
      box.close();
    },
    field('Invite somebody', whom, 'Their alias.'),
    field('Words to go with it', text),
  );
  const leave = form('Leave the group', async () => {
    await mailbox.leave(gid);
    box.close();
  });
  leave.classList.add('danger');
  const members = [`${group?.alias ?? ''} (you)`, ...(group?.members ?? [])];
  const joined = group?.status === 'joined';
  const box = dialog(
    gid,
    h('p', {class: 'hint'}, 'Members that this device has heard of'),
    h('ul', {}, ...members.map((member) => h('li', {}, member))),
    joined && invite,
    joined && leave,
  );
}
