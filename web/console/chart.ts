// Small drawings, as SVG: elements made one by one, nothing parsed.

const space = 'http://www.w3.org/2000/svg';
export function svg(tag: string, attributes: Record<string, string | number> = {}, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

export interface Line {
  name: string;
  kind: 'first' | 'second'; // which stroke
  points: (number | undefined)[]; // oldest first; undefined: not known
}
export const width = 320;
export const height = 72;

/** The path of a line: points one step apart, ending at the right edge; it breaks where nothing is known. Pure. */
export function pathOf(points: (number | undefined)[], steps: number, top: number): string {
  let path = '';
  let down = false;
  points.forEach((point, index) => {
    if (point === undefined) {
      down = false;
      return;
    }
    const x = width - ((points.length - 1 - index) * width) / Math.max(steps - 1, 1);
    const y = top === 0 ? height : height - (Math.min(point, top) * height) / top;
    path += `${down ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    down = true;
  });
  return path;
}

/** The least of 1, 2, 5, 10, ... that is no less than all of these. Pure. */
export function topOf(values: (number | undefined)[]): number {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  if (most === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  for (const step of [1, 2, 5, 10]) if (most <= step * power * (1 + 1e-9)) return step * power;
  return 10 * power;
}

export function lineChart(words: string, lines: Line[], steps: number): SVGElement {
  const top = topOf(lines.flatMap((line) => line.points));
  const root = svg('svg', {viewBox: `0 -4 ${width} ${height + 8}`, role: 'img', 'aria-label': words, class: 'chart', preserveAspectRatio: 'none'});
  for (const part of [0, 0.5, 1]) root.append(svg('line', {x1: 0, x2: width, y1: height * part, y2: height * part, class: 'grid'}));
  for (const line of lines) root.append(svg('path', {d: pathOf(line.points, steps, top), class: `line ${line.kind}`}));
  return root;
}
