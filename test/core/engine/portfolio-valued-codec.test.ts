import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { PortfolioValuedCodec } from '../../../src/core/engine/portfolio-valued-codec.js';
import { PortfolioValuedBatch } from '../../../src/core/engine/portfolio-valued-event.js';
import { ORIGIN, bothEncodings, decoded } from '../messaging/encodings.js';
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
