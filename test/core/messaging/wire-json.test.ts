import { describe, expect, test } from 'vitest';
import { parseWireJson } from '../../../src/core/messaging/wire-json.js';

const refused = (found: string) =>
  expect.objectContaining({
    code: 'MALFORMED_INPUT',
    message: expect.stringContaining(found) as string,
  }) as Error;

const nested = (depth: number, open = '[', close = ']') => `${open.repeat(depth)}1${close.repeat(depth)}`;
const named = (count: number, mark = ':') =>
  `{${Array.from({ length: count }, (_, n) => `"k${n}"${mark}1`).join(',')}}`;

describe('JSON of a message', () => {
  test.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('has at most 64 levels of %s', (_, open, close) => {
    expect(parseWireJson(nested(64, open, close))).toEqual(JSON.parse(nested(64, open, close)));
    expect(() => parseWireJson(nested(65, open, close))).toThrow(
      refused('at most 64 levels of nesting, found'),
    );
  });

  test('is not deeper because of brackets in strings', () => {
    const text = JSON.stringify(['['.repeat(200), `"{\\"${'{['.repeat(100)}`, '\\']);
    expect(parseWireJson(text)).toEqual(JSON.parse(text));
    const quoted = JSON.stringify([`"${'{['.repeat(100)}`]);
    expect(parseWireJson(quoted)).toEqual(JSON.parse(quoted));
    // A closing bracket in a string closes nothing.
    expect(() => parseWireJson('["]",'.repeat(65) + '1' + ']'.repeat(65))).toThrow(refused('at most 64'));
  });

  test('has at most as many adjacent lists as its length allows', () => {
    const side = (count: number, padding: number) => `[${`[],${' '.repeat(padding)}`.repeat(count)}0]`;
    expect(parseWireJson(side(49_000, 0))).toHaveLength(49_001);
    expect(parseWireJson(side(100_000, 80))).toHaveLength(100_001);
    expect(() => parseWireJson(side(100_000, 0))).toThrow(
      refused('at most 54687 objects and lists in 300003 characters'),
    );
  });

  test.each([':', ' :', '\n\t :'])('has at most 50,000 different names (%j)', (mark) => {
    const wide = parseWireJson(named(49_000, mark)) as object;
    expect(Object.keys(wide)).toHaveLength(49_000);
    expect(() => parseWireJson(named(60_000, mark))).toThrow(refused('at most 50000 different names'));
  });

  test('may repeat names, and have strings that look like names', () => {
    const rows = JSON.stringify(
      Array.from({ length: 40_000 }, (_, n) => ({ a: `${n}":`, b: `x${n} :`, c: null })),
    );
    expect(parseWireJson(rows)).toEqual(JSON.parse(rows));
  });

  test('has no key __proto__ after parsing, however it is escaped', () => {
    const text =
      '{"__proto__":{"x":1},"a":[[{"\\u005f_proto__":1,"b":{"__PROTO__":1,"__proto__":null}},null,"__proto__"]]}';
    expect(parseWireJson(text)).toEqual({ a: [[{ b: { ['__PROTO__']: 1 } }, null, '__proto__']] });
    expect(Object.hasOwn(parseWireJson(text) as object, '__proto__')).toBe(false);
    expect(parseWireJson('[{"\\u005F_proto__":1}]')).toEqual([{}]);
  });

  test.each(['', '{', '"', '"\\', '{"a"', ']'.repeat(70) + '['.repeat(70)])(
    'is rejected with a SyntaxError if it is invalid: %s',
    (text) => expect(() => parseWireJson(text)).toThrow(SyntaxError),
  );
});
