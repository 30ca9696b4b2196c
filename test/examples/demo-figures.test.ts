import { formatDecimal } from 'tickmark/client';
import { describe, expect, test } from 'vitest';
import {
  age,
  gradeOf,
  percent,
  plainNumber,
  price,
  share,
  timeFormat,
  times,
  weightsOf,
} from '../../examples/demo/page/figures.js';
import { en } from '../../examples/demo/page/messages-en.js';
import { zh } from '../../examples/demo/page/messages-zh.js';
import { positionRow } from '../client/messages.js';

describe('a figure of the demo', () => {
  test.each([
    ['-0.6656', '-0.67%'],
    ['99.9999', '+100.00%'],
    ['-0.0001', '0.00%'],
    [null, '—'],
  ])('in per cent is rounded: %s is %s', (value, text) => {
    expect(percent(value, 'en')).toBe(text);
  });

  test('is rounded where it has no end, too', () => {
    expect(price('1.66666666', 'en')).toBe('1.6667');
    expect(price('5', 'en')).toBe('5.00');
    expect(times('1.999', 'en')).toBe('2.00 ×');
    expect(share('33.34', 'de')).toBe('33,34\u00a0%');
  });

  test('is written as the locale does, also in ages and times', () => {
    expect(age(5000, 'ar-EG')).toBe('٥ s');
    expect(age(300, 'en')).toBe('< 1 s');
    expect(age(7_200_000, 'en')).toBe('2 h');
    const time = new Date(2026, 0, 2, 14, 3, 5);
    expect(timeFormat('de').format(time)).toBe('14:03:05');
    expect(timeFormat('en-US').format(time)).toMatch(/^02:03:05\sPM$/);
  });
});

describe('weights', () => {
  const row = (symbol: string, exposure: string | null) => ({ ...positionRow(symbol, '1'), exposure });

  test('add up to 100 per cent, of those that can be valued', () => {
    const weights = weightsOf([row('A', '1'), row('B', '-1'), row('NEWCO', null), row('C', '1')]);
    expect([...weights]).toEqual([
      ['A', '33.34'],
      ['B', '-33.33'],
      ['NEWCO', null],
      ['C', '33.33'],
    ]);
  });
});

describe('a copied number', () => {
  test.each(['en', 'de', 'de-CH', 'fr', 'es', 'sv', 'hi', 'mr', 'ar-EG', 'fa', 'zh-TW'])(
    'is one that a spreadsheet in %s reads',
    (locale) => {
      const shown = `▼ ${formatDecimal('-1234567.85', { locale })} USD`;
      const point = new Intl.NumberFormat(`${locale}-u-nu-latn`).format(0.5)[1]!;
      expect(plainNumber(shown, locale)).toBe(`-1234567${point}85`);
    },
  );

  test('is nothing where nothing is known', () => {
    expect(plainNumber('—', 'en')).toBe('');
    expect(plainNumber('+12.35%', 'en')).toBe('12.35');
  });
});

describe('a row of the demo', () => {
  const price = { price: '1', currency: 'USD', kind: 'close', source: 's', asOf: 0, receivedAt: 0 } as const;

  test('says closed of a last price from before its market closed, not delayed', () => {
    expect(gradeOf({ grade: 'delayed', price }, en)).toBe('closed');
    expect(gradeOf({ grade: 'delayed', price: { ...price, kind: 'last' } }, en)).toBe('delayed');
    expect(gradeOf({ grade: 'stale', price }, zh)).toBe('陈旧');
  });
});
