// Contrast (WCAG 2.1, 1.4.3): of each pair of colours that text is written with, in both schemes.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';

const sheet = readFileSync(new URL('../style.css', import.meta.url), 'utf8');
const schemesOf = (text) => [...text.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) => Object.fromEntries([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value])));
const [light, dark] = schemesOf(sheet);
// The operator's page adds some.
schemesOf(readFileSync(new URL('../console/console.css', import.meta.url), 'utf8')).forEach((added, index) => Object.assign([light, dark][index], added));

function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const written = {
  ink: ['ground', 'paper', 'sunken', 'mine'],
  soft: ['ground', 'paper', 'sunken', 'mine'],
  accent: ['paper', 'ground'],
  'accent-ink': ['accent'],
  danger: ['paper', 'ground', 'sunken'],
  second: ['paper'],
  good: ['paper', 'sunken'],
  wait: ['paper', 'sunken'],
};
for (const [name, scheme] of [['light', light], ['dark', dark]]) {
  test(`text can be read in the ${name} scheme`, () => {
    for (const [text, grounds] of Object.entries(written)) {
      for (const ground of grounds) {
        const ratio = contrast(scheme[text], scheme[ground]);
        assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
  });
}
test('letters on faces can be read', () => {
  for (const [, colour] of sheet.matchAll(/\.shade-\d \{ background: (#[0-9a-f]{6})/g)) {
    assert.ok(contrast('#ffffff', colour) >= 4.5, `${colour}: ${contrast('#ffffff', colour).toFixed(2)}`);
  }
});
