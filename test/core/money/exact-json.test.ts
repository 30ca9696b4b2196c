import { expect, test } from 'vitest';
import { parseExactJson } from '../../../src/core/money/exact-json.js';

test('numbers are returned as the strings they are written as', () => {
  const text = '{"a":0.13110,"b":[-1.50e+3,3364750901719990046,0],"c":"1.50","d":null,"e":true,"12":7}';
  expect(parseExactJson(text)).toEqual({
    a: '0.13110',
    b: ['-1.50e+3', '3364750901719990046', '0'],
    c: '1.50',
    d: null,
    e: true,
    12: '7',
  });
});

test('digits in strings are left alone, also beside escapes', () => {
  const texts = ['1.5', 'a 1.5', '\\', '"1"', '\\"2', '茅台 1', '\n3', '{"a":1}'];
  expect(parseExactJson(JSON.stringify(texts))).toEqual(texts);
});

test.each(['{1:2}', '[01]', '[1.]', '[.5]', '[NaN]', '[1 2]', '["1" 2]', '', '{"a":1'])(
  '%s is rejected as JSON',
  (text) => {
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
  },
);

test('a document of megabytes is parsed', () => {
  const long = 'x'.repeat(4_000_000);
  expect(parseExactJson(`["${long}",1.10]`)).toEqual([long, '1.10']);
});

test('deep nesting gives a result or an error, not a crash', () => {
  const deep = `${'['.repeat(100_000)}1${']'.repeat(100_000)}`;
  try {
    parseExactJson(deep);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
  }
});
