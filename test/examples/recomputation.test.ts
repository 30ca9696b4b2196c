import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Portfolio, InMemoryPortfolioRepository } from 'tickmark';
import { PortfolioValuationService } from 'tickmark/parts';
import { afterAll, describe, expect, test } from 'vitest';
import { checkLines, checkPortfolio } from '../../examples/quickstart/replay/check.js';
import { fractionOf, roundedUnits, textOf } from '../../examples/quickstart/recomputation/exact.js';
import { writtenPrices } from '../streams/replay/written/written-prices.js';
import type { WrittenPrice } from '../../examples/quickstart/recomputation/last-prices.js';
import { recompute } from '../../examples/quickstart/recomputation/recompute.js';

const folder = mkdtempSync(join(tmpdir(), 'recomputation-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function last(name: string, content: string | Buffer): Promise<Record<string, string>> {
  const file = join(folder, name);
  writeFileSync(file, content);
  const found = (await writtenPrices([file]))!;
  return Object.fromEntries([...found].map(([symbol, { price }]) => [symbol, price]));
}

const CSV =
  'timestamp,symbol,price,currency\n1,A,10.5,USD\n3,A,11.25,USD\n2,A,99,USD\n3,B,7,EUR\n3,EUR/USD,1.1,\n';

describe('the last price in a file', () => {
  test('is the newest by time, and the later line where times are equal', async () => {
    expect(await last('a.csv', CSV)).toEqual({ A: '11.25', B: '7', 'EUR/USD': '1.1' });
    expect(await last('b.csv', 'timestamp,symbol,price\r\n5,A,1\r\n5,A,2\r\n')).toEqual({ A: '2' });
  });

  test('is the one with the highest sequence where times are equal', async () => {
    const lines = [
      '{"symbol":"A","price":"2","timestamp":5,"sequence":8}',
      '{"symbol":"A","price":1,"timestamp":5,"sequence":7}',
    ];
    expect(await last('a.jsonl', lines.join('\n'))).toEqual({ A: '2' });
  });

  test('is read from gzipped trades, not from quotes or suspicious trades', async () => {
    const trade = (t: number, p: string): string =>
      `17231612540246195${t} {"stream":"x@trade","data":{"e":"trade","E":1,"s":"X","t":${t},"p":"${p}","q":"1","T":9,"m":true,"M":true}}`;
    const quote =
      '1723161254024619568 {"stream":"x@bookTicker","data":{"u":1,"s":"X","b":"5","B":"1","a":"6","A":"1"}}';
    expect(
      await last('x.txt.gz', gzipSync([quote, trade(10, '5.50'), trade(11, '5.40'), quote].join('\n'))),
    ).toEqual({ X: '5.40' });
    const lean = '1000,1815200,1,P,2000,0\n2000,9990000,1,P,2000,1\n';
    expect(await last('equity_usa_tick_ibm_20131007_trade.csv', lean)).toEqual({ IBM: '1815200e-4' });
  });
});

describe('the recomputed value', () => {
  const prices = new Map<string, WrittenPrice>(
    Object.entries({
      A: ['10.005', 'USD'],
      B: ['7', 'EUR'],
      P: ['72.4', 'GBp'],
      'EUR/USD': ['1.1', null],
      'GBP/USD': ['1.27', null],
    } as const).map(([symbol, [price, currency]]) => [
      symbol,
      { symbol, price, currency, time: 1, sequence: null },
    ]),
  );
  const value = (symbol: string, quantity: string, currency = 'USD'): string =>
    recompute(
      { currency, positions: [{ symbol, quantity, currency: 'USD' }] },
      prices,
      ['EUR/USD', 'GBP/USD'],
      2,
    );

  test('sums exactly and rounds half to even', () => {
    expect([value('A', '1'), value('A', '3'), value('A', '-1')]).toEqual(['10.00', '30.02', '-10.00']);
    expect(value('B', '10')).toBe('77.00');
    expect(value('P', '1000')).toBe('919.48');
    expect(value('P', '1000', 'EUR')).toBe('835.89');
    expect(value('none', '1')).toBe('0.00');
  });

  test.each([
    ['0.125', 2, '0.12'],
    ['0.375', 2, '0.38'],
    ['-0.125', 2, '-0.12'],
    ['1e-3', 2, '0.00'],
    ['12e2', 0, '1200'],
  ])('%s to %i digits is %s', (text, scale, rounded) => {
    expect(textOf(roundedUnits(fractionOf(text)!, scale), scale)).toBe(rounded);
  });

  test.each(['', '-', '.', '1,5', 'NaN', '0x10'])('%j is not a decimal', (text) => {
    expect(fractionOf(text)).toBeNull();
  });
});

describe('the comparison', () => {
  async function checked(csv: string): Promise<ReturnType<typeof checkPortfolio>> {
    const repository = new InMemoryPortfolioRepository();
    const positions = [
      { symbol: 'A', quantity: '0.12345678' },
      { symbol: 'B', quantity: -3, currency: 'EUR' },
    ];
    await repository.save(Portfolio.create({ id: 'p', currency: 'USD', positions }));
    const service = new PortfolioValuationService({ repository, fx: ['EUR/USD'] });
    const { valuation } = await service.revaluatePortfolio('p', {
      updates: [
        { symbol: 'A', price: '11.25', timestamp: 3, currency: 'USD' },
        { symbol: 'B', price: '7', timestamp: 3, currency: 'EUR' },
        { symbol: 'EUR/USD', price: '1.1', timestamp: 3 },
      ],
    });
    const file = join(folder, 'compared.csv');
    writeFileSync(file, csv);
    const [stored] = await repository.loadValuations(['p']);
    return checkPortfolio(valuation, stored, (await writtenPrices([file]))!, ['EUR/USD']);
  }

  test('finds equal values equal to the digit', async () => {
    const result = await checked(CSV);
    expect(result).toMatchObject({ value: '-21.71', recomputed: '-21.71', stored: '-21.71', equal: true });
  });

  test.each([
    ['a price', CSV.replace('11.25', '11.26')],
    ['a price too small to move the value', CSV.replace('11.25', '11.2500001')],
    ['a rate', CSV.replace('1.1,', '1.2,')],
    ['a later price', `${CSV}4,B,8,EUR\n`],
    ['a price that is not there', CSV.replace('3,B,7,EUR\n', '')],
  ])('notices when %s differs', async (_, csv) => {
    const result = await checked(csv);
    expect(result.equal).toBe(false);
    expect(checkLines([result]).join('\n')).toContain('DIFFERS');
  });
});
