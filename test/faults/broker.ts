import type { Fill } from 'tickmark/fills';
import { Dice } from '../oracle/dice.js';

/** Which fills a process gets. */
export interface BrokerDay {
  readonly seed: number;
  readonly process: number;
  readonly fills: number;
  readonly portfolios: number;
}

/**
 * The fills that a process gets, the same each time: a tenth of them twice, a tenth late, and a tenth of those of the process before, as when
 * two feeds overlap.
 */
export function fillsOf({ seed, process, fills, portfolios }: BrokerDay): Fill[] {
  const own = newFills(seed, process, fills, portfolios);
  const dice = new Dice(seed + 1000 * process);
  const shared = process > 0 ? newFills(seed, process - 1, fills, portfolios) : [];
  const others = shared.filter(() => dice.chance(0.1));
  const again = own.filter(() => dice.chance(0.1));
  const ranked = [...own, ...again, ...others].map((fill, place) => ({
    fill,
    rank: dice.chance(0.1) ? place + dice.between(1, 60) : place,
  }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ fill }) => fill);
}

/** The fills of a process, each once. */
export function newFills(seed: number, process: number, count: number, portfolios: number): Fill[] {
  const dice = new Dice(seed + process);
  return Array.from({ length: count }, (_, number): Fill => {
    const base = { id: `${process}-${number}`, at: 1_700_000_000_000 + 1000 * number + process };
    const trade = {
      ...base,
      symbol: dice.pick(['ACME', 'GLOBEX', 'INITECH']),
      quantity: dice.between(1, 100),
      price: (dice.between(1, 100_000) / 100).toFixed(2),
      fee: '0.35',
    };
    const entry = dice.chance(0.1)
      ? ({ ...base, type: 'deposit', amount: dice.between(1, 1000), currency: 'USD' } as const)
      : ({ ...trade, type: dice.chance(0.5) ? 'buy' : 'sell' } as const);
    return { type: 'fill', account: `p${dice.between(0, portfolios - 1)}`, entry };
  });
}
