import { afterEach, expect, it, vi } from 'vitest';
import { upColor } from 'tickmark/client';

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['zh', 'red'],
  ['zh-CN', 'red'],
  ['zh-Hans', 'red'],
  ['zh-TW', 'red'],
  ['zh-Hant', 'red'],
  ['en-CN', 'red'],
  ['ja', 'red'],
  ['ja-JP-u-ca-japanese', 'red'],
  ['ko', 'red'],
  ['zh-HK', 'green'],
  ['zh-SG', 'green'],
  ['en', 'green'],
  ['de-CH', 'green'],
  ['hi', 'green'],
  ['vi', 'green'],
  ['C', 'green'],
  ['', 'green'],
])('a rise in %s is %s', (locale, color) => {
  expect(upColor(locale)).toBe(color);
});

it('follows the browser without a locale', () => {
  const resolvedOptions = () => ({ locale: 'ko-KR' });
  vi.stubGlobal('Intl', {
    Locale: Intl.Locale,
    NumberFormat: class {
      resolvedOptions = resolvedOptions;
    },
  });
  expect(upColor()).toBe('red');
});
