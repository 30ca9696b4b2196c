import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { currencyOf } from '../../../src/core/money/currency.js';
import { PortfolioValuedCodec } from '../../../src/core/engine/portfolio-valued-codec.js';
import { PortfolioValuedBatch } from '../../../src/core/engine/portfolio-valued-event.js';
import { TotalsColumns } from '../../../src/core/book/totals-columns.js';
import { ListedRows } from '../../../src/core/book/valued-rows.js';
import { ANY_CHARACTER } from '../../any-character.js';
import { sized } from '../../sizes.js';
import { bothEncodings, decoded } from '../messaging/encodings.js';
import { texts } from './sample-values.js';

const both = bothEncodings(() => new PortfolioValuedCodec());

const units = fc.maxSafeInteger();
const row = fc.record({
  id: fc.string({ unit: ANY_CHARACTER }),
  version: fc.nat(),
  currency: fc.constantFrom('USD', 'JPY', 'BTC'),
  value: units,
  cost: units,
  cash: units,
  state: fc.nat(7),
  beyond: fc.boolean(),
});

describe.each(both)('a batch of portfolio values encoded as %s', (_encoding, codecs) => {
  const there = (batch: PortfolioValuedBatch) => decoded(codecs, batch);

  test('is decoded with every digit, and with null for what is unknown', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const totals = new TotalsColumns(rows.length);
        rows.forEach(({ currency, value, cost, cash, state, beyond }, index) => {
          if (!beyond) return void totals.set(index, value, cost, cash, state);
          const amount = (of: number) => Decimal.ofUnits(BigInt(of) * 10n ** 20n, currencyOf(currency).scale);
          const known = (bit: number, of: number) => ((state & bit) === 0 ? amount(of) : null);
          totals.setOversized(index, {
            marketValue: known(1, value),
            priced: { marketValue: amount(value) },
            costBasis: known(2, cost),
            unrealizedPnl: known(3, value - cost),
            cash: known(4, cash),
            equity: null,
            complete: state === 0,
          });
        });
        const batch = new PortfolioValuedBatch('b', 1_700_000_000_000, new ListedRows(rows, totals));
        expect(texts([...there(batch)])).toEqual(texts([...batch]));
      }),
      { numRuns: sized({ quick: 150, gate: 2000, full: 20_000 }) },
    );
  });
});
