import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import {
  ZERO,
  absolute,
  add,
  compare,
  divide,
  multiply,
  parse,
  rational,
  subtract,
  type Rational,
} from '../../oracle/rational.js';
import { sized } from '../../sizes.js';

const RUNS = { numRuns: sized({ quick: 300, gate: 1000, full: 20_000 }) };
const ID = { id: 'p', currency: 'USD' };

const text = (max: number, scale: number) =>
  fc
    .tuple(fc.integer({ min: 1, max }), fc.nat(scale))
    .map(([units, digits]) => (units / 10 ** digits).toFixed(digits));
const fill = fc.record({
  side: fc.constantFrom('buy' as const, 'sell' as const),
  symbol: fc.constantFrom('A', 'B'),
  quantity: text(5000, 4),
  price: fc.oneof(text(100_000, 6), fc.constantFrom('0', '-37.63')),
  fee: fc.oneof(fc.constant('0'), text(500, 3), fc.constant('-0.25')),
});

const money = (portfolio: Portfolio, what: 'cash' | 'realizedPnl') =>
  parse(portfolio[what].get('USD')?.toString() ?? '0');
const openCost = (portfolio: Portfolio) =>
  portfolio.positions.reduce((sum, { costBasis }) => add(sum, parse(costBasis!.toString())), ZERO);

function apply(
  portfolio: Portfolio,
  fills: ReadonlyArray<typeof fill extends fc.Arbitrary<infer F> ? F : never>,
): Portfolio {
  return fills.reduce(
    (after, { side, symbol, quantity, price, fee }) => after[side](symbol, quantity, price, { fee }),
    portfolio,
  );
}

test('after any fills, cash is the realized profit less the cost of the open positions, digit for digit', () => {
  fc.assert(
    fc.property(fc.array(fill, { maxLength: 40, size: 'max' }), (fills) => {
      const after = apply(Portfolio.create(ID), fills);
      expect(money(after, 'cash')).toEqual(subtract(money(after, 'realizedPnl'), openCost(after)));
    }),
    RUNS,
  );
});

test('cash is the sum of what each fill paid or received', () => {
  fc.assert(
    fc.property(fc.array(fill, { maxLength: 40, size: 'max' }), (fills) => {
      const flows = fills.map(({ side, quantity, price, fee }) => {
        const amount = multiply(parse(quantity), parse(price));
        return subtract(side === 'buy' ? subtract(ZERO, amount) : amount, parse(fee));
      });
      expect(money(apply(Portfolio.create(ID), fills), 'cash')).toEqual(flows.reduce(add, ZERO));
    }),
    RUNS,
  );
});

test('once every position is closed, the realized profit is proceeds less costs, digit for digit', () => {
  fc.assert(
    fc.property(fc.array(fill, { maxLength: 40, size: 'max' }), fill, (fills, last) => {
      let after = apply(Portfolio.create(ID), fills);
      for (const { symbol, quantity, isShort } of after.positions) {
        const { price, fee } = last;
        after = after[isShort ? 'buy' : 'sell'](symbol, quantity.abs(), price, { fee });
      }
      expect(after.positions).toEqual([]);
      expect(money(after, 'realizedPnl')).toEqual(money(after, 'cash'));
    }),
    RUNS,
  );
});

test('a quantity is what was bought less what was sold', () => {
  fc.assert(
    fc.property(fc.array(fill, { maxLength: 40, size: 'max' }), (fills) => {
      const after = apply(Portfolio.create(ID), fills);
      for (const symbol of ['A', 'B']) {
        const net = fills
          .filter((each) => each.symbol === symbol)
          .reduce((sum, { side, quantity }) => {
            return (side === 'buy' ? add : subtract)(sum, parse(quantity));
          }, ZERO);
        const position = after.position(symbol);
        expect(position ? parse(position.quantity.toString()) : ZERO).toEqual(net);
      }
    }),
    RUNS,
  );
});

test('each fill realizes the profit over average cost, to within one unit of the 17th digit', () => {
  fc.assert(
    fc.property(fc.array(fill, { minLength: 1, maxLength: 20, size: 'max' }), (fills) => {
      let portfolio = Portfolio.create(ID);
      for (const each of fills) {
        const held = portfolio.position(each.symbol);
        const after = apply(portfolio, [each]);
        const profit = subtract(money(after, 'realizedPnl'), money(portfolio, 'realizedPnl'));
        const expected = held
          ? averageCostProfit(parse(held.quantity.toString()), parse(held.costBasis!.toString()), each)
          : ZERO;
        expect(compare(absolute(subtract(profit, expected)), rational(1n, 10n ** 17n))).toBeLessThanOrEqual(
          0,
        );
        portfolio = after;
      }
    }),
    RUNS,
  );
});

function averageCostProfit(
  quantity: Rational,
  cost: Rational,
  {
    side,
    quantity: size,
    price,
    fee,
  }: { side: 'buy' | 'sell'; quantity: string; price: string; fee: string },
): Rational {
  const isClosing = side === 'buy' ? quantity.n < 0n : quantity.n > 0n;
  if (!isClosing) return ZERO;
  const [filled, held] = [parse(size), absolute(quantity)];
  const closed = compare(filled, held) < 0 ? filled : held;
  const proceeds = multiply(multiply(closed, parse(price)), rational(side === 'sell' ? 1n : -1n, 1n));
  const costOfClosed = multiply(cost, divide(closed, held));
  return subtract(subtract(proceeds, costOfClosed), multiply(parse(fee), divide(closed, filled)));
}

test('a portfolio restored from its snapshot is the same after any fills and splits', () => {
  fc.assert(
    fc.property(
      fc.array(fill, { maxLength: 20, size: 'max' }),
      fc.constantFrom([1, 2], [10, 1], [4, 5]),
      (fills, [from, to]) => {
        let after = apply(Portfolio.create(ID), fills);
        for (const { symbol } of after.positions) after = after.split(symbol, { from: from!, to: to! });
        const again = Portfolio.fromSnapshot(
          JSON.parse(JSON.stringify(after)) as ReturnType<Portfolio['toSnapshot']>,
        );
        expect(JSON.stringify(again)).toBe(JSON.stringify(after));
      },
    ),
    RUNS,
  );
});
