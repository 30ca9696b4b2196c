import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { PortfolioValuedCodec } from '../../../src/core/engine/portfolio-valued-codec.js';
import { PortfolioValuedBatch } from '../../../src/core/engine/portfolio-valued-event.js';
import { ORIGIN, bothEncodings, decoded } from '../messaging/encodings.js';
import { ListedRows } from '../../../src/core/book/valued-rows.js';
import {
  STREAMED_FIGURES,
  type PortfolioTotals,
} from '../../../src/core/portfolio/figures/portfolio-totals.js';
import { plainTotals, valuedRow } from './plain-totals.js';
import { sampleValues, texts } from './sample-values.js';

const both = bothEncodings(() => new PortfolioValuedCodec());

describe.each(both)('a batch of portfolio values encoded as %s', (_encoding, codecs) => {
  const there = (batch: PortfolioValuedBatch) => decoded(codecs, batch);

  test.each(['totals', 'positions'] as const)('of a book is decoded, with %s', (detail) => {
    const batch = sampleValues(detail);
    const read = there(batch);
    expect(texts([...read])).toEqual(texts([...batch]));
    expect(read.portfolios).toEqual(batch.portfolios);
    const decimal = read.at(0).marketValue;
    expect(decimal).toBeInstanceOf(Decimal);
    expect(read.valuations?.[0]?.positions[0]?.price?.price.toString()).toBe(
      detail === 'positions' ? '123.4567' : undefined,
    );
  });

  test('is decoded as a batch that can be conflated', () => {
    const batch = sampleValues('positions');
    const merged = there(batch).conflate(there(sampleValues('positions')));
    expect(merged).toBeInstanceOf(PortfolioValuedBatch);
    expect(texts([...merged])).toEqual(texts([...batch]));
  });
});

describe('a message of portfolio values', () => {
  const codecs = both[0]![1];
  const money = (text: string) => Decimal.from(text).rounded(2);
  const totals = (long: string, short: string, leverage: string) =>
    plainTotals({
      marketValue: money(long).plus(money(short)),
      equity: money(long).plus(money(short)),
      unrealizedPnl: money(long).plus(money(short)),
      pricePnl: money(long).plus(money(short)),
      totalPnl: money(long).plus(money(short)),
      longExposure: money(long),
      shortExposure: money(short),
      grossExposure: money(long).minus(money(short)),
      netExposure: money(long).plus(money(short)),
      leverage: Decimal.from(leverage).rounded(4),
    });
  const batchOf = (...rows: PortfolioTotals[]) =>
    new PortfolioValuedBatch('b', 1, new ListedRows(rows.map((each, at) => valuedRow(`p${at}`, each))));
  const dataOf = (batch: PortfolioValuedBatch) =>
    (JSON.parse(codecs.encode(batch, ORIGIN) as string) as { data: Record<string, unknown> }).data;
  const read = (batch: PortfolioValuedBatch, change: (data: Record<string, unknown>) => void) => {
    const message = JSON.parse(codecs.encode(batch, ORIGIN) as string) as { data: Record<string, unknown> };
    change(message.data);
    return [...(codecs.decode(JSON.stringify(message)).event as PortfolioValuedBatch)];
  };
  const ADDED = ['longExposure', 'shortExposure', 'grossExposure', 'netExposure', 'leverage'] as const;

  test('of long positions has no column for exposures', () => {
    const data = dataOf(batchOf(totals('12', '0', '1'), totals('7.5', '0', '1')));
    expect(data).toMatchObject({ shortExposure: 0 });
    expect(data).not.toHaveProperty('longExposure');
    expect(data).not.toHaveProperty('totals');
    expect(dataOf(batchOf(totals('12', '-2', '1.4')))).toMatchObject({
      longExposure: 1200,
      shortExposure: -200,
    });
  });

  test('of a process that knows no exposures is read, and they are unknown', () => {
    const old = read(batchOf(totals('12', '0', '1'), totals('7.5', '0', '1')), (data) => {
      delete data['shortExposure'];
    });
    for (const value of old) {
      expect(ADDED.map((name) => value[name])).toEqual(ADDED.map(() => null));
      const rest = STREAMED_FIGURES.filter((name) => !(ADDED as readonly string[]).includes(name));
      expect(rest.filter((name) => value[name] === null)).toEqual([]);
    }
  });

  test('of such a process is read also where a row does not fit into columns', () => {
    const huge = totals('12', '0', '1');
    const batch = batchOf({ ...huge, equity: Decimal.ofUnits(10n ** 30n, 2) });
    const [value] = read(batch, ({ totals: listed }) => {
      for (const name of ADDED) delete (listed as [number, Record<string, unknown>][])[0]![1][name];
    });
    expect(ADDED.map((name) => value![name])).toEqual(ADDED.map(() => null));
    expect(String(value!.equity)).toBe(`1${'0'.repeat(28)}.00`);
    expect(() =>
      read(batch, ({ totals: listed }) => {
        delete (listed as [number, Record<string, unknown>][])[0]![1]['equity'];
      }),
    ).toThrow(expect.objectContaining({ code: 'MALFORMED_INPUT' }));
  });

  test.each(['leverage', 'grossExposure', 'netExposure'] as const)(
    'keeps a %s that does not follow from the other figures',
    (name) => {
      const other = {
        ...totals('12', '-2', '1.4'),
        [name]: Decimal.ofUnits(77, name === 'leverage' ? 4 : 2),
      };
      const [value] = read(batchOf(other), () => {});
      expect(String(value![name])).toBe(String(other[name]));
    },
  );
});

describe('a malformed message of portfolio values', () => {
  const codecs = both[0]![1];
  const message = JSON.parse(codecs.encode(sampleValues('positions'), ORIGIN) as string) as {
    data: Record<string, unknown>;
  };

  test.each([
    ['ids', 5],
    ['ids', ['a', 'b', 'c', 5]],
    ['versions', [1, 2]],
    ['versions', null],
    ['currencies', 'NONE'],
    ['currencies', ['USD']],
    ['scales', 5],
    ['marketValues', 0.5],
    ['marketValues', null],
    ['costs', 1e300],
    ['cash', 'x'],
    ['shortExposure', 'x'],
    ['longExposure', [0.5, 0, 0, 0]],
    ['shortExposure', [1]],
    ['totals', [[0]]],
    ['totals', [['x', {}]]],
    ['totals', [[0, { marketValue: '1e5' }]]],
    ['valuations', []],
    ['valuations', [null, null, null, null]],
  ])('is rejected: %s (%j)', (name, value) => {
    const changed = JSON.stringify({ ...message, data: { ...message.data, [name]: value } });
    expect(() => codecs.decode(changed)).toThrow(expect.objectContaining({ code: 'MALFORMED_INPUT' }));
  });
});
