// A relay that does what a test says, and a clock that only moves when it is told to.
import {encodeFrame, FrameReader} from '../dist/index.js';

export class FakeRelay {
  links = [];
  refuse = false;
  connect = async (events) => {
    if (this.refuse) throw new Error('nobody there');
    const link = {events, got: [], open: true, reader: new FrameReader(1 << 20)};
    this.links.push(link);
    return {
      send: (octets) => link.got.push(...link.reader.push(octets)),
      queued: 0,
      close: () => (link.open = false),
    };
  };
  get last() {
    return this.links.at(-1);
  }
  say(header, data) {
    this.last.events.received(encodeFrame(header, data));
  }
  cut(reason = 'cut') {
    this.last.events.closed(reason);
  }
  // What has come on the last link since this was asked.
  taken() {
    return this.last.got.splice(0).map(({header, data}) => ({...header, ...(data.length ? {data: new TextDecoder().decode(data)} : {})}));
  }
}

export class FakeTime {
  now = 0;
  timers = new Set();
  random = () => 0.5;
  after = (ms, act) => {
    const timer = {at: this.now + ms, act};
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  };
  async pass(ms) {
    this.now += ms;
    for (const timer of [...this.timers]) {
      if (timer.at > this.now) continue;
      this.timers.delete(timer);
      timer.act();
    }
    await settled();
  }
}

// All promises that can, have resolved.
export const settled = () => new Promise((done) => setImmediate(done));
