// Against a real relay: MNMD names the program; without it these are skipped.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {after, before, test} from 'node:test';
import {Client} from '../dist/index.js';
import {socket} from '../dist/node.js';

const mnmd = process.env.MNMD;
const options = {skip: mnmd ? false : 'MNMD is not set'};
let directory, relay, local;
let tcp = 'tcp://127.0.0.1:0';

async function start() {
  relay = spawn(mnmd, ['--data', join(directory, 'data'), '--listen', tcp, '--listen', local, '--disk-reserve', '0'], {stdio: ['ignore', 'pipe', 'ignore']});
  for await (const line of createInterface({input: relay.stdout})) {
    if (!line.startsWith('mnmd ready ')) continue;
    [tcp] = line.slice('mnmd ready '.length).split(' ');
    return;
  }
  throw new Error('mnmd did not start');
}
const ended = (child) => new Promise((done) => child.once('exit', done));

before(async () => {
  if (!mnmd) return;
  directory = await mkdtemp(join(tmpdir(), 'mnm-js-'));
  local = `unix://${join(directory, 'mnm.sock')}`;
  await start();
});
after(async () => {
  if (!mnmd) return;
  const gone = ended(relay);
  relay.kill('SIGTERM');
  await gone;
  await rm(directory, {recursive: true});
});

// A client, and the messages that it was given.
function node(url) {
  const inbox = [];
  const waiting = [];
  const client = new Client({
    connect: socket(url),
    onMessage: (message) => {
      const taker = waiting.shift();
      if (taker) taker(message);
      else inbox.push(message);
    },
  });
  const next = async (op) => {
    for (;;) {
      const message = inbox.shift() ?? (await new Promise((taker) => waiting.push(taker)));
      if (message.op === op) return message;
    }
  };
  return {client, next};
}

test('two users over two transports: ping, post, group, a second node', options, async () => {
  const ann = node(tcp);
  const bob = node(local);
  const a = await ann.client.register('desk', 'ann-of-the-test');
  const b = await bob.client.register('phone', 'bob-of-the-test');
  await ann.client.ping('ann-of-the-test', 'bob-of-the-test', 'hello');
  const ping = await bob.next('ping');
  assert.deepEqual([ping.from, ping.alias, ping.text], [a.uid, 'ann-of-the-test', 'hello']);

  const body = new Uint8Array(300_000).map((_, at) => at * 7);
  const {msgid} = await bob.client.post([ping.from], body);
  const delivery = await ann.next('delivery');
  assert.equal(delivery.id, msgid);
  assert.deepEqual(delivery.data, body);

  await ann.client.invite('the-test-group', 'ann-of-the-test', 'bob-of-the-test', 'come in');
  assert.equal((await bob.next('invite')).text, 'come in');
  await bob.client.join('the-test-group');
  await ann.next('member');
  await bob.client.post([{group: 'the-test-group'}], 'to all');
  assert.equal(new TextDecoder().decode((await ann.next('delivery')).data), 'to all');

  const tablet = node(tcp);
  await tablet.client.login(await bob.client.addNode('tablet'));
  await ann.client.post([b.uid], 'to both');
  for (const each of [bob, tablet]) assert.equal(new TextDecoder().decode((await each.next('delivery')).data), 'to both');
  for (const {client} of [ann, bob, tablet]) client.quit();
});

test('a relay that is killed loses nothing, and nothing is stored twice', options, async () => {
  const ann = node(tcp);
  const bob = node(local);
  await ann.client.register('desk');
  const b = await bob.client.register('phone');
  const said = Array.from({length: 200}, (_, at) => `message ${at}`);
  const posts = said.map((text) => ann.client.post([b.uid], text));
  await posts[20];
  const gone = ended(relay);
  relay.kill('SIGKILL');
  await gone;
  await start();
  const ids = (await Promise.all(posts)).map(({msgid}) => msgid);
  assert.deepEqual([...ids].sort(), ids);
  // What bob had acked just before may come again: an ack isn't answered, and may have been lost with
  // the relay. The first delivery of each comes in order.
  const heard = [];
  while (heard.length < said.length) {
    const text = new TextDecoder().decode((await bob.next('delivery')).data);
    if (!heard.includes(text)) heard.push(text);
  }
  assert.deepEqual(heard, said);
  ann.client.quit();
  bob.client.quit();
});
