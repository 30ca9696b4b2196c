import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { Fraction } from '../../../src/core/money/fraction.js';
import type { CostMethod } from '../../../src/core/portfolio/ledger/cost-method.js';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import {
  METHODS,
  RATIOS,
  RUNS,
  SYMBOLS,
  anyTerms,
  decimal,
  exact,
  intents,
  known,
  ledgerOf,
  rates,
  terms,
  total,
} from './random-ledger.js';

test('all cost methods realize the same of a symbol once it is closed, in its own currency', () => {
  const step = fc.record({
    type: fc.constantFrom('buy', 'buy', 'sell', 'sell', 'split', 'settlement', 'returnOfCapital'),
    quantity: decimal(5000, 3),
    price: decimal(200_000, 4),
    fee: fc.oneof(fc.constant('0'), decimal(500, 3), fc.constant('-0.25')),
    ratio: fc.constantFrom(...RATIOS),
    hasCashInLieu: fc.boolean(),
  });
  const steps = fc.array(step, { minLength: 1, maxLength: 25, size: 'max' });
  fc.assert(
    fc.property(fc.constantFrom(...SYMBOLS), steps, decimal(200_000, 4), (symbol, given, last) => {
      const realized = (costMethod: CostMethod): Fraction => {
        let portfolio = Portfolio.replay(terms({ costMethod, currency: 'USD' }), []);
        given.forEach(({ type, quantity, price, fee, ratio: [from, to], hasCashInLieu }, at) => {
          const base = { id: `e${at}`, at, symbol };
          const held = portfolio.position(symbol);
          if (type === 'buy' || type === 'sell') {
            portfolio = portfolio.apply({ ...base, type, quantity, price, fee });
          } else if (!held) {
            return;
          } else if (type === 'settlement') {
            if (held.instrument.isFutures) portfolio = portfolio.apply({ ...base, type, price });
          } else if (type === 'returnOfCapital') {
            const amount = held.isShort ? `-${price}` : price;
            if (!held.instrument.isFutures)
              portfolio = portfolio.apply({ ...base, type, amount, currency: held.currency });
          } else {
            const isEven = held.quantity.times(Decimal.from(to)).units % BigInt(from) === 0n;
            if (hasCashInLieu)
              portfolio = portfolio.apply({ ...base, type: 'split', from, to, cashInLieuPrice: price });
            else if (isEven) portfolio = portfolio.apply({ ...base, type: 'split', from, to });
          }
        });
        const held = portfolio.position(symbol);
        if (held) {
          const end = { id: 'end', at: 1000, symbol, quantity: held.quantity.abs(), price: last };
          portfolio = portfolio.apply({ ...end, type: held.isShort ? 'buy' : 'sell' });
        }
        expect(portfolio.positions).toEqual([]);
        return total(
          [...portfolio.account.holdings.values()].map(({ realizedLocal }) => known(realizedLocal)),
        );
      };
      const average = realized('average');
      // What inverse contracts pay has no end as a decimal, and is rounded to 18 digits lot by lot.
      const least = symbol === 'INVERSE' ? Fraction.of(1n, 10n ** 15n) : Fraction.ZERO;
      for (const costMethod of METHODS) {
        expect(realized(costMethod).minus(average).abs().compare(least)).toBeLessThanOrEqual(0);
      }
    }),
    RUNS,
  );
});

test('all cost methods agree on cash and on every total of a whole ledger once everything is closed', () => {
  // Units that leave take the cost of their lots along, and an opening position replaces it: both realize nothing.
  const REALIZES_NOTHING = new Set(['transferOut', 'openingPosition']);
  fc.assert(
    fc.property(intents(40), anyTerms, decimal(200_000, 4), rates, (given, { currency }, price, now) => {
      const counted = given.filter(({ type }) => !REALIZES_NOTHING.has(type));
      const [open, entries] = ledgerOf(counted, { costMethod: 'average', currency });
      const ends = open.positions.map(({ symbol, quantity, isShort }, n): LedgerEntryInput => {
        const common = { id: `end${n}`, at: 1e6, rates: now, symbol, quantity: quantity.abs(), price };
        return { ...common, type: isShort ? 'buy' : 'sell' };
      });
      // What inverse contracts pay has no end as a decimal, and is rounded to 18 digits lot by lot.
      const isRounded = open.account.holdings.has('INVERSE');
      const least = isRounded ? Fraction.of(1n, 10n ** 9n) : Fraction.ZERO;
      const [average, ...others] = METHODS.map((costMethod) => {
        const { account, positions } = Portfolio.replay(terms({ costMethod, currency }), [
          ...entries,
          ...ends,
        ]);
        expect(positions).toEqual([]);
        const { cash, holdings, income, fees, taxes, expenses, netContributions, gainedElsewhere } = account;
        const sums = { income, fees, taxes, expenses, netContributions, gainedElsewhere };
        const totals = new Map(Object.entries(sums).map(([name, sum]) => [name, known(sum)]));
        const count = (name: string, amount: Fraction) =>
          totals.set(name, (totals.get(name) ?? Fraction.ZERO).plus(amount));
        for (const [code, { balance }] of cash) count(`cash in ${code}`, exact(balance));
        for (const { instrument, realized, realizedLocal } of holdings.values()) {
          // Which lot of futures is closed decides when its gain is paid, and so at which rate.
          if (instrument.isFutures)
            count(`realized in ${instrument.settlementCurrency}`, known(realizedLocal));
          else count('realized', known(realized));
        }
        return totals;
      });
      for (const other of others) {
        for (const name of new Set([...average!.keys(), ...other.keys()])) {
          const [a, b] = [average!, other].map((totals) => totals.get(name) ?? Fraction.ZERO);
          expect(a!.minus(b!).abs().compare(least), name).toBeLessThanOrEqual(0);
        }
      }
    }),
    RUNS,
  );
});
