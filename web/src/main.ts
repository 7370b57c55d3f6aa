// Puts it together, in a browser.
import {webSocket} from '../mnm-client/index.js';
import {fill, h} from './dom.js';
import {BrowserStore} from './idb.js';
import {Mailbox} from './mailbox.js';
import {Shell} from './shell.js';
import {welcome} from './welcome.js';

async function begin(page: Element): Promise<void> {
  const store = await BrowserStore.open();
  let shell: Shell | undefined;
  let planned = false;
  const mailbox = new Mailbox({
    store,
    connect: webSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/mmtp`),
    now: () => new Date(),
    token: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (octet) => octet.toString(16).padStart(2, '0')).join(''),
    after(ms, act) {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    seen: (talk) => shell?.talk === talk && document.visibilityState === 'visible',
    changed() {
      if (planned) return; // once for all that changes now
      planned = true;
      queueMicrotask(() => {
        planned = false;
        if (mailbox.standing === 'replaced' && shell !== undefined) giveWay();
        shell?.update();
      });
    },
    arrived: (entry, moved) => shell?.arrived(entry, moved),
    trouble: (text) => shell?.trouble(text),
  });
  // The other window writes to the disk now; what this one has in memory must not get there any more.
  const giveWay = (): void => {
    shell = undefined;
    fill(page, h('div', {class: 'plain', role: 'alert'}, h('p', {}, 'This device is in use in another window.'), h('button', {type: 'button', class: 'main', click: () => location.reload()}, 'Use it here')));
  };
  const enter = (): void => {
    shell = new Shell(mailbox, store);
    fill(page, shell.element);
    shell.update();
  };
  addEventListener('online', () => mailbox.hurry());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return;
    mailbox.hurry();
    if (shell?.talk !== undefined) void mailbox.read(shell.talk);
  });
  if (await mailbox.start()) enter();
  else fill(page, welcome(mailbox, enter));
}

const page = document.getElementById('page');
if (page !== null) {
  begin(page).catch((error) => {
    fill(page, h('p', {class: 'plain', role: 'alert'}, `This browser does not let the page keep anything, so it can't work here: ${String(error)}`));
  });
}
