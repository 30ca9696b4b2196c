import type { Chance } from './chance.js';

/** Values of a wrong type or range. */
const ODD_VALUES = [
  'null',
  'true',
  '-1',
  '1e400',
  '9007199254740993',
  '""',
  '[]',
  '{}',
  '[[[[]]]]',
  '{"__proto__":{"x":1}}',
  '"constructor"',
  '"\\ud800"',
  '"\\u0000"',
  '["portfolio:desk",7]',
];
const ODD_TEXTS = [
  '\0',
  '\r\n',
  '"',
  '\\',
  '{',
  ']',
  ':',
  ',',
  '%',
  '%zz',
  '#',
  '?',
  '&',
  ' ',
  'é',
  '😀',
  '\ud800',
];
const VALUE = /("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|null|true|false|\[[^[\]]*\])(?=[,}\]])/g;

/** A string with an error, mostly in one place. */
export function mutated(text: string, chance: Chance): string {
  let changed = text;
  do changed = once(changed, chance);
  while (chance.oneIn(3));
  return changed;
}

function once(text: string, chance: Chance): string {
  const at = chance.below(text.length + 1);
  const end = Math.min(text.length, at + chance.below(12));
  switch (chance.below(8)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, end) + text.slice(at);
    case 3:
      return (
        text.slice(0, at) +
        String.fromCharCode(chance.below(chance.oneIn(4) ? 65_536 : 128)) +
        text.slice(at + 1)
      );
    case 4:
      return text.slice(0, at) + chance.pick(ODD_TEXTS) + text.slice(at);
    case 5:
      return text.slice(at) + text.slice(0, at);
    case 6:
      return longer(text, at, chance);
    default:
      return withOddValue(text, chance);
  }
}

/** Rare, because it takes as long as a hundred others. */
function longer(text: string, at: number, chance: Chance): string {
  const times = chance.oneIn(20) ? chance.below(70_000) : chance.below(100);
  return (
    text.slice(0, at) +
    chance.pick(['[', '{"a":', 'x', '"portfolio:desk",', ' ', '\u00ff']).repeat(times) +
    text.slice(at)
  );
}

function withOddValue(text: string, chance: Chance): string {
  const values = [...text.matchAll(VALUE)];
  if (values.length === 0) return text + chance.pick(ODD_TEXTS);
  const { index, 0: old } = chance.pick(values);
  return text.slice(0, index) + chance.pick(ODD_VALUES) + text.slice(index + old.length);
}

/** Bytes with an error. */
export function mutatedBytes(bytes: Uint8Array, chance: Chance): Buffer {
  const copy = Buffer.from(bytes);
  const at = chance.below(copy.length + 1);
  switch (chance.below(5)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      return Buffer.concat([copy.subarray(0, at), chance.bytes(chance.below(8)), copy.subarray(at)]);
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(chance.below(copy.length + 1))]);
    default:
      for (let count = chance.below(4); count >= 0 && copy.length > 0; count--)
        copy[chance.below(copy.length)]! ^= 1 << chance.below(8);
      return copy;
  }
}
