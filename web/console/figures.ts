// The relay's figures (Prometheus' text) as numbers, and what two scrapes say of the time between them. Pure.

export interface Sample {
  atMs: number;
  values: Map<string, number>; // by the name with its labels, as in the text
}

export function parseFigures(text: string, atMs: number): Sample {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const blank = line.lastIndexOf(' ');
    const value = Number(line.slice(blank + 1).replace('Inf', 'Infinity'));
    if (blank > 0 && !Number.isNaN(value)) values.set(line.slice(0, blank), value);
  }
  return {atMs, values};
}

export const valueOf = (sample: Sample, name: string): number | undefined => sample.values.get(name);
/** Of all labels. */
export function sumOf(sample: Sample, name: string): number {
  let sum = 0;
  for (const [key, value] of sample.values) if (key === name || key.startsWith(`${name}{`)) sum += value;
  return sum;
}

/** How much a counter grew a second; after a start of the relay, which begins at 0, nothing is known. */
export function rateOf(before: Sample, after: Sample, name: string): number | undefined {
  const seconds = (after.atMs - before.atMs) / 1000;
  const grown = sumOf(after, name) - sumOf(before, name);
  return seconds > 0 && grown >= 0 ? grown / seconds : undefined;
}

/** Below which value this part of what came between two scrapes was; between bounds as on a line. */
export function quantileOf(before: Sample, after: Sample, name: string, part: number): number | undefined {
  const buckets: {bound: number; count: number}[] = [];
  const start = `${name}_bucket{le="`;
  for (const [key, value] of after.values) {
    if (!key.startsWith(start)) continue;
    const bound = Number(key.slice(start.length, -2).replace('+Inf', 'Infinity'));
    buckets.push({bound, count: value - (before.values.get(key) ?? 0)});
  }
  buckets.sort((one, other) => one.bound - other.bound);
  const all = buckets[buckets.length - 1]?.count ?? 0;
  if (all <= 0) return undefined;
  const rank = part * all;
  let below = {bound: 0, count: 0};
  for (const bucket of buckets) {
    if (bucket.count >= rank) {
      if (bucket.bound === Infinity || bucket.count === below.count) return below.bound;
      return below.bound + ((bucket.bound - below.bound) * (rank - below.count)) / (bucket.count - below.count);
    }
    below = bucket;
  }
  return below.bound;
}

export function shortNumber(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) < 1) return value.toPrecision(2);
  const units = ['', ' k', ' M', ' G'];
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    ++unit;
  }
  return `${value >= 99.5 || Number.isInteger(value) ? Math.round(value) : value.toPrecision(2)}${units[unit] ?? ''}`;
}
export function shortSeconds(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 1e-3) return `${(seconds * 1e6).toPrecision(2)} µs`;
  if (seconds < 1) return `${shortNumber(Number((seconds * 1e3).toPrecision(2)))} ms`;
  if (seconds < 90) return `${seconds.toPrecision(2)} s`;
  const units: [number, string][] = [[86400, 'd'], [3600, 'h'], [60, 'min']];
  for (const [size, name] of units) if (seconds >= size) return `${Number((seconds / size).toPrecision(2))} ${name}`;
  return '';
}
