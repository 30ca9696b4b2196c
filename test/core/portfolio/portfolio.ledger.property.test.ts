import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valuePortfolio } from '../../../src/core/book/value-portfolio.js';
import { currencyOf } from '../../../src/core/money/currency.js';
import { Decimal } from '../../../src/core/money/decimal.js';
import { Fraction } from '../../../src/core/money/fraction.js';
import { majorOf } from '../../../src/core/money/minor-units.js';
import {
  RATED,
  RUNS,
  SYMBOLS,
  anyTerms,
  decimal,
  exact,
  intents,
  known,
  ledgerOf,
  prices,
  rates,
  sameNumber,
  total,
} from './random-ledger.js';

const BONDS = new Set(['BOND', 'GILT']);

/** Units of the portfolio's currency for one unit of a currency, exact. */
function rateTo(home: string, currency: string, now: Readonly<Record<string, string>>): Fraction {
  const [from, to] = [currencyOf(currency), currencyOf(home)];
  const [major, homeMajor] = [majorOf(currency), majorOf(home)];
  const given =
    major === homeMajor ? Fraction.of(BigInt(to.minorOf?.ratio ?? 1), 1n) : exact(Decimal.from(now[major]!));
  return given.dividedBy(Fraction.of(BigInt(from.minorOf?.ratio ?? 1), 1n));
}

describe('after any ledger', () => {
  test('equity is what was contributed and earned, exactly, before anything is rounded', () => {
    fc.assert(
      fc.property(intents(40), anyTerms, prices, rates, decimal(500, 2), (given, of, at, now, accrued) => {
        const [portfolio] = ledgerOf(given, of);
        const { account } = portfolio;
        const rateOf = (currency: string) => rateTo(of.currency, currency, now);
        const open = [...account.holdings.values()].filter(({ lots }) => lots.length > 0);
        const worth = total(
          open.map(({ instrument, quantity, settledWorth, symbol }) =>
            instrument
              .exactWorth(quantity, Decimal.from(at[symbol] ?? 1))
              .minus(exact(settledWorth))
              .times(rateOf(instrument.settlementCurrency)),
          ),
        );
        const interest = total(
          open
            .filter(({ symbol }) => BONDS.has(symbol))
            .map(({ instrument, quantity }) =>
              exact(quantity.times(instrument.factor).times(Decimal.from(accrued))).times(
                rateOf(instrument.settlementCurrency),
              ),
            ),
        );
        const cash = total(
          [...account.cash].map(([code, { balance }]) => exact(balance).times(rateOf(code))),
        );
        const cashFx = cash.minus(total([...account.cash.values()].map(({ base }) => known(base))));
        const unrealized = worth.minus(total(open.map(({ baseCost }) => exact(baseCost!))));
        const equity = cash.plus(worth).plus(interest);
        const earned = known(account.netContributions)
          .plus(total([...account.holdings.values()].map(({ realized }) => known(realized))))
          .plus(unrealized)
          .plus(known(account.income))
          .minus(known(account.expenses))
          .plus(cashFx)
          .plus(interest)
          .minus(known(account.gainedElsewhere));
        expect(sameNumber(equity, earned)).toBe(true);
      }),
      RUNS,
    );
  });

  test('its valuation says the same, to within a cent an amount, and its first day has earned all there is', () => {
    const near = (a: Fraction, b: Fraction) => a.minus(b).abs().compare(Fraction.of(1n, 10n)) < 0;
    fc.assert(
      fc.property(intents(40), anyTerms, prices, rates, decimal(500, 2), (given, of, at, now, accrued) => {
        // Positions as they stand are of no day.
        const entered = given.filter(({ type }) => type !== 'openingPosition');
        const [portfolio] = ledgerOf(entered, of);
        const quoted = SYMBOLS.map((symbol) => {
          const interest = BONDS.has(symbol) && { accrued, previousAccrued: 1 };
          return [symbol, { price: at[symbol] ?? 1, previousClose: 2, ...interest }] as const;
        });
        const foreign = RATED.filter((code) => code !== majorOf(of.currency));
        const pairs = foreign.map(
          (code) => [`${code}/${of.currency}`, { price: now[code], previousClose: 1 }] as const,
        );
        const value = valuePortfolio(portfolio, {
          prices: Object.fromEntries(quoted),
          rates: Object.fromEntries(pairs),
          now: 1e6,
          dayStart: 0,
        });
        expect([value.complete, value.unknownCost]).toEqual([true, []]);
        const { account } = portfolio;
        const [equity, contributed] = [exact(value.equity!), known(account.netContributions)];
        const earned = value.totalPnl!.plus(value.accruedInterest!);
        expect(near(equity, contributed.plus(exact(earned)).minus(known(account.gainedElsewhere)))).toBe(
          true,
        );
        // Income and charges of no symbol that was held are of no row.
        const held = [...account.holdings.values()].filter(({ wasHeld }) => wasHeld);
        const ofNoRow = (kind: 'income' | 'expenses') =>
          known(account[kind]).minus(total(held.map((each) => known(each[kind]))));
        const ofRows = equity.minus(contributed).minus(ofNoRow('income')).plus(ofNoRow('expenses'));
        expect(near(exact(value.dayPnl!), ofRows)).toBe(true);
        const rows = [...value.positions, ...value.closed].map(({ dayPnl }) => exact(dayPnl!));
        expect(sameNumber(total(rows).plus(exact(value.cashDayPnl!)), exact(value.dayPnl!))).toBe(true);
      }),
      RUNS,
    );
  });

  test('lots are of one side, by age, and add up to the quantity; average cost keeps one', () => {
    fc.assert(
      fc.property(intents(40), anyTerms, (given, of) => {
        const [portfolio] = ledgerOf(given, of);
        for (const { quantity, lots, isShort } of portfolio.positions) {
          expect(lots.reduce((sum, lot) => sum.plus(lot.quantity), Decimal.ZERO).equals(quantity)).toBe(true);
          expect(lots.every((lot) => lot.quantity.sign === (isShort ? -1 : 1))).toBe(true);
          expect(lots.map(({ acquiredAt }) => acquiredAt)).toEqual(
            lots.map(({ acquiredAt }) => acquiredAt).sort((a, b) => a - b),
          );
          if (of.costMethod === 'average') expect(lots).toHaveLength(1);
        }
      }),
      RUNS,
    );
  });
});
