// Times and sizes for people.

const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit'});
const day = new Intl.DateTimeFormat(undefined, {day: 'numeric', month: 'short'});
const fullDay = new Intl.DateTimeFormat(undefined, {weekday: 'long', day: 'numeric', month: 'long', year: 'numeric'});

export const timeOf = (at: string): string => clock.format(new Date(at));
export const dayOf = (at: string): string => fullDay.format(new Date(at));
export function shortTime(at: string, now: Date): string {
  const date = new Date(at);
  return date.toDateString() === now.toDateString() ? clock.format(date) : day.format(date);
}
export function sizeOf(octets: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = octets;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    ++unit;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toPrecision(2)} ${units[unit] ?? ''}`;
}
