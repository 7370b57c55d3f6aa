// What waits, by node and by age; and what is the matter with a node.
import {h} from '../src/dom.js';
import {fieldsOf, listOf, numberOf, textOf, type Fields} from './api.js';
import {svg} from './chart.js';
import {Asker, fieldList, type View, type World} from './view.js';

const everyMs = 5000;

/** How wide each age is, as parts of the fullest node. Pure. */
export function partsOf(row: Fields, most: number): {age: string; copies: number; from: number; part: number}[] {
  let from = 0;
  return listOf(row['by_age']).map(fieldsOf).map((class_) => {
    const copies = numberOf(class_['copies']);
    const part = most === 0 ? 0 : copies / most;
    const made = {age: textOf(class_['age']), copies, from, part};
    from += part;
    return made;
  });
}

export class Queues implements View {
  readonly name = 'Queues';
  readonly element: HTMLElement;
  private readonly list = h('div', {class: 'result'});
  private readonly result = h('div', {class: 'result', 'aria-live': 'polite'});
  private readonly asker = new Asker(this.list);
  private readonly whyAsker = new Asker(this.result);
  private askedMs = 0;
  private askedLast = -1;

  constructor(private readonly world: World) {
    this.element = h('section', {'aria-label': 'Queues by age'}, this.list, this.result);
  }
  update(): void {
    const {last} = this.world.now();
    if (last === this.askedLast || Date.now() - this.askedMs < everyMs) return;
    this.askedMs = Date.now();
    this.askedLast = last;
    void this.asker.show(async (signal) => {
      const {found: rows, error} = await this.world.api.lines('queues', {limit: 50}, signal);
      if (error !== undefined) throw new Error(error); // the last line, with the sums, is missing
      const all = rows.pop() ?? {};
      const most = Math.max(0, ...rows.map((row) => numberOf(row['copies'])));
      if (rows.length === 0) return [h('p', {class: 'empty'}, 'Nothing waits.')];
      const ages = listOf(all['by_age']).map((age) => textOf(fieldsOf(age)['age']));
      const head = h('tr', {}, ...['Node', 'Copies', 'By age', ...ages].map((name) => h('th', {scope: 'col'}, name)));
      return [h('h2', {}, `${numberOf(all['copies'])} copies wait`), h('div', {class: 'wide', tabindex: '0', role: 'group', 'aria-label': 'Queues, the fullest first'},
        h('table', {class: 'queues'}, h('thead', {}, head), h('tbody', {}, ...rows.reverse().map((row) => this.row(row, most)))))];
    });
  }
  private row(row: Fields, most: number): HTMLElement {
    const node = textOf(row['node']);
    const parts = partsOf(row, most);
    const bar = svg('svg', {viewBox: '0 0 200 14', class: 'ages', 'aria-hidden': 'true'});
    parts.forEach((each, index) => {
      if (each.copies > 0) bar.append(svg('rect', {x: each.from * 200, y: 1, width: Math.max(2, each.part * 200), height: 12, class: `age-${index}`}));
    });
    return h('tr', {}, h('th', {scope: 'row'}, h('button', {type: 'button', class: 'link', click: () => this.why(node)}, node)), h('td', {class: 'number'}, textOf(row['copies'])),
      h('td', {}, bar as unknown as Node), ...parts.map((each) => h('td', {class: 'number'}, each.copies === 0 ? '' : String(each.copies))));
  }
  private why(node: string): void {
    void this.whyAsker.show(async (signal) => {
      const why = await this.world.api.one('why', {id: node}, signal);
      const stuck = why['stuck'] === true;
      const open = (): void => this.world.openState('queue', node, String(this.world.now().last));
      return [h('h2', {}, node), h('p', {class: stuck ? 'verdict bad' : 'verdict'}, `${stuck ? 'Stuck' : 'Well'}: ${textOf(why['text'])}`),
        fieldList(why, ['subject', 'stuck', 'text', 'nodes']), h('button', {type: 'button', click: open}, 'What waits')];
    });
  }
}
