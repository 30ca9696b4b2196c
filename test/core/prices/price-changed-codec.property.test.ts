import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PriceChangedCodec } from '../../../src/core/prices/price-changed-codec.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { ANY_CHARACTER } from '../../any-character.js';
import { sized } from '../../sizes.js';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { bothEncodings, decoded } from '../messaging/encodings.js';
import { shown } from './shown-batch.js';

const both = bothEncodings(() => new PriceChangedCodec());

const price = fc.oneof(
  fc.integer({ min: -1000, max: 1_000_000 }),
  fc.double({ min: 0.0001, max: 1e6, noNaN: true }),
  fc
    .tuple(fc.integer({ min: -(10 ** 14), max: 10 ** 14 }), fc.nat(18))
    .map(([units, scale]) => `${units}e-${scale}`),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const update: fc.Arbitrary<PriceUpdate> = fc.record(
  {
    symbol: fc.string({ minLength: 1, maxLength: 256, unit: ANY_CHARACTER }),
    price,
    timestamp: fc.oneof(fc.nat(8_000_000), fc.integer({ min: 1_700_000_000_000, max: 1_700_000_001_000 })),
    timeSource: optional(fc.constantFrom('venue' as const, 'received' as const)),
    receivedAt: optional(fc.oneof(fc.nat(), fc.double({ min: 0, max: 8e15, noNaN: true }))),
    bid: optional(price),
    ask: optional(price),
    previousClose: optional(price),
    currency: optional(fc.constantFrom('USD', 'GBp', 'JPY')),
    sequence: optional(fc.maxSafeInteger()),
    state: optional(
      fc.constantFrom('open' as const, 'closed' as const, 'halted' as const, 'delayed' as const),
    ),
  },
  { requiredKeys: ['symbol', 'price', 'timestamp'] },
);

describe.each(both)('a batch of prices encoded as %s', (_encoding, codecs) => {
  const there = (batch: PriceChangedBatch) => decoded(codecs, batch);

  test('is decoded with every row unchanged', () => {
    fc.assert(
      fc.property(fc.array(update), fc.array(fc.nat(1000)), (updates, olds) => {
        const batch = PriceChangedBatch.ofUpdates(updates, 1_700_000_000_500, { allowNonPositive: true });
        for (let row = 0; row < batch.length && row < olds.length; row++) {
          batch.oldUnits[row] = olds[row]!;
          batch.oldScales[row] = olds[row]! % 3;
        }
        expect(shown(there(batch))).toEqual(shown(batch));
      }),
      { numRuns: sized({ quick: 150, gate: 1000, full: 20_000 }) },
    );
  });
});
