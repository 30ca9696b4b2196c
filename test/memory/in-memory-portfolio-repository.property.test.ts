import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleOrder, sampleValuation } from '../../src/conformance/portfolio-repository/sample-data.js';
import type { TickmarkError } from '../../src/core/errors.js';
import { Decimal } from '../../src/core/money/decimal.js';
import type { ValuationRecord } from '../../src/core/portfolio/portfolio-repository.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { sized } from '../sizes.js';

const numRuns = sized({ quick: 200, gate: 1000, full: 10_000 });
const IDS = ['p', 'q'] as const;
const SYMBOLS = ['A', 'B', 'C'] as const;

type Step =
  | { readonly kind: 'save'; readonly id: number; readonly version: number; readonly held: readonly number[] }
  | { readonly kind: 'delete'; readonly id: number; readonly version: number }
  | { readonly kind: 'value'; readonly offers: readonly Offer[] };

interface Offer {
  readonly id: number;
  readonly version: number;
  readonly order: number;
  readonly basis: number;
  readonly time: number;
  readonly figure: number;
}

/** Expected contents of the store. Versions only rise, even after a deletion. */
interface Expected {
  version: number;
  held: readonly number[] | null;
  valuation: Offer | null;
}

const id = fc.nat(IDS.length - 1);
const version = fc.nat(4);
const offer = fc.record({
  id,
  version,
  order: fc.nat(2),
  basis: fc.nat(1),
  time: fc.nat(2),
  figure: fc.nat(1),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('save' as const), id, version, held: fc.uniqueArray(fc.nat(2)) }),
  fc.record({ kind: fc.constant('delete' as const), id, version }),
  fc.record({ kind: fc.constant('value' as const), offers: fc.array(offer, { maxLength: 4 }) }),
);

const recordOf = ({ id, version, order, basis, time, figure }: Offer): ValuationRecord =>
  sampleValuation(IDS[id]!, {
    version,
    priceOrder: sampleOrder(order),
    basis: String(basis),
    valuedAt: time,
    marketValue: Decimal.from(figure),
  });

class Model {
  readonly rows = new Map<number, Expected>();

  write(id: number, version: number, held: readonly number[] | null): string {
    const row = this.rows.get(id);
    const isNew = held !== null && version === 0 && row?.held == null;
    if (!isNew) {
      if (!row) return 'PORTFOLIO_NOT_FOUND';
      if (!row.held) return 'PORTFOLIO_DELETED';
      if (row.version !== version) return 'VERSION_CONFLICT';
    }
    const next = held ? (row?.version ?? 0) + 1 : row!.version;
    this.rows.set(id, { version: next, held, valuation: held ? (row?.valuation ?? null) : null });
    return `version ${next}`;
  }

  value(given: Offer): string {
    const row = this.rows.get(given.id);
    if (!row?.held) return 'missing';
    if (row.version !== given.version) return 'conflict';
    const stored = row.valuation;
    if (stored?.version === given.version) {
      const isComparable = stored.basis === given.basis && stored.order !== given.order;
      const saysMore = stored.figure !== given.figure || stored.basis !== given.basis;
      const isNewer = isComparable ? given.order > stored.order : given.time >= stored.time && saysMore;
      if (!isNewer) return 'outdated';
    }
    row.valuation = given;
    return 'saved';
  }
}

test('after any saves, deletes and valuations, the store holds what the port promises', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (script, allAtOnce) => {
      const repository = new InMemoryPortfolioRepository();
      const model = new Model();
      const run = async (each: Step): Promise<unknown> => {
        if (each.kind === 'value') return repository.saveValuations(each.offers.map(recordOf));
        const name = IDS[each.id]!;
        try {
          if (each.kind === 'delete') {
            await repository.delete(name, each.version);
            return 'deleted';
          }
          const positions = each.held.map((at) => ({ symbol: SYMBOLS[at]!, quantity: 1 }));
          const portfolio = Portfolio.create({ id: name, currency: 'USD', positions });
          return `version ${(await repository.save(portfolio.withVersion(each.version))).version}`;
        } catch (error) {
          return (error as TickmarkError).code;
        }
      };
      const expected = (each: Step): unknown => {
        if (each.kind === 'value') return each.offers.map((given) => model.value(given));
        if (each.kind === 'save') return model.write(each.id, each.version, each.held);
        const outcome = model.write(each.id, each.version, null);
        return outcome.startsWith('version') ? 'deleted' : outcome;
      };

      // Calls made at once reach the store in the order they were made.
      if (allAtOnce) expect(await Promise.all(script.map(run))).toEqual(script.map(expected));
      else for (const each of script) expect(await run(each)).toEqual(expected(each));

      for (const [at, name] of IDS.entries()) {
        const row = model.rows.get(at);
        const loaded = await repository.load(name);
        expect(loaded?.version).toBe(row?.held ? row.version : undefined);
        const symbols = row?.held?.map((symbol) => SYMBOLS[symbol]);
        expect(loaded?.positions.map(({ symbol }) => symbol)).toEqual(symbols);
        const valuation = row?.valuation ? [recordOf(row.valuation)] : [];
        expect(await repository.loadValuations([name])).toEqual(valuation);
      }
      for (const [at, symbol] of SYMBOLS.entries()) {
        const holders = IDS.filter((_, each) => model.rows.get(each)?.held?.includes(at));
        expect((await repository.findHolders(symbol)).sort()).toEqual(holders);
      }
    }),
    { numRuns },
  );
});
