import { describe, expect, test } from 'vitest';
import { InstrumentCatalog } from '../../../src/core/instruments/instrument-catalog.js';
import { Instrument, type InstrumentInput } from '../../../src/core/instruments/instrument.js';
import { caught } from '../../oracle/caught.js';

const A = { symbol: 'A', currency: 'USD', multiplier: 10 } as const;
const said = (source: unknown) => {
  const { code, message } = caught(() => new InstrumentCatalog(source as InstrumentInput[]));
  return `${code} ${message}`;
};

describe('a catalog', () => {
  test.each<[string, ConstructorParameters<typeof InstrumentCatalog>[0]]>([
    ['a list', [A]],
    ['a record', { A }],
    ['a function', (symbol) => (symbol === 'A' ? A : undefined)],
    ['another catalog', new InstrumentCatalog([A])],
    ['a function of instruments', (symbol) => (symbol === 'A' ? Instrument.of(A) : undefined)],
  ])('of %s finds what is in it, and nothing else', (_, source) => {
    const catalog = new InstrumentCatalog(source);
    expect(catalog.find('A')!.multiplier.toString()).toBe('10');
    expect(catalog.find('A')).toBe(catalog.find('A'));
    for (const symbol of ['B', 'toString', '__proto__', '']) expect(catalog.find(symbol)).toBeUndefined();
  });

  test('is empty by default', () => {
    expect(new InstrumentCatalog().find('A')).toBeUndefined();
  });

  test('asks a function once for each symbol, also for one that it does not know', () => {
    const asked: string[] = [];
    const catalog = new InstrumentCatalog((symbol) => {
      asked.push(symbol);
      return symbol === 'A' ? A : undefined;
    });
    for (const symbol of ['A', 'B', 'A', 'B']) catalog.find(symbol);
    expect(asked).toEqual(['A', 'B']);
  });

  test('takes an instrument later, in place of the one with its symbol, and its source stays', () => {
    const source = new InstrumentCatalog([A]);
    const catalog = new InstrumentCatalog(source);
    expect(catalog.find('B')).toBeUndefined();
    const set = catalog.set({ symbol: 'B', currency: 'EUR' });
    catalog.set({ ...A, multiplier: 3 });
    expect(catalog.find('B')).toBe(set);
    expect([catalog, source].map((each) => each.find('A')!.multiplier.toString())).toEqual(['3', '10']);
    expect(source.find('B')).toBeUndefined();
  });

  test('refuses what is no source', () => {
    for (const [source, shown] of [
      [5, '5'],
      [null, 'null'],
      ['A', '"A"'],
    ] as const)
      expect(said(source)).toBe(
        `INVALID_ARGUMENT InstrumentCatalog: source: expected a record, a list or a function, got ${shown}.`,
      );
  });

  test('refuses a symbol twice, and an instrument of another symbol', () => {
    expect(said([A, { ...A, multiplier: 2 }])).toBe(
      'DUPLICATE_SYMBOL InstrumentCatalog: "A" is listed twice.',
    );
    expect(said({ B: A })).toBe(
      'INVALID_ARGUMENT InstrumentCatalog: "B": expected an instrument of the same symbol, got "A".',
    );
  });

  test('refuses an instrument of another symbol that a function returns', () => {
    const catalog = new InstrumentCatalog(() => A);
    expect(catalog.find('A')!.symbol).toBe('A');
    expect(caught(() => catalog.find('B')).code).toBe('INVALID_ARGUMENT');
  });

  test('refuses a bad instrument: at once in a list or record, when it is asked for from a function', () => {
    const bad = { ...A, multiplier: 0 };
    const refused = 'INVALID_ARGUMENT Instrument "A": multiplier: expected a number above zero, got "0".';
    expect([said([bad]), said({ A: bad })]).toEqual([refused, refused]);
    const none = 'INVALID_ARGUMENT Instrument: expected an object with symbol and currency, got null.';
    expect([said([null]), said({ A: null })]).toEqual([none, none]);
    const catalog = new InstrumentCatalog(() => bad);
    expect(caught(() => catalog.find('A')).message).toBe(refused.replace('INVALID_ARGUMENT ', ''));
    expect(caught(() => catalog.set(bad)).code).toBe('INVALID_ARGUMENT');
  });
});
