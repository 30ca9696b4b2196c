import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { Decimal, type PortfolioValuation } from 'tickmark';
import type { LedgerEntryInput } from 'tickmark/ledger';
import { sized } from '../sizes.js';
import { GatewayRig } from './rig/gateway-rig.js';
import { PortfolioPage } from './rig/portfolio-page.js';

let rig: GatewayRig;
afterEach(() => rig?.end());

const SYMBOLS = ['ACME', 'GLOBEX', 'INITECH'] as const;
/** GLOBEX and INITECH cost euros, so that rows are rounded together and rates move their day P&L. */
const currencyOf = (symbol: string): string => (symbol === 'ACME' ? 'USD' : 'EUR');

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      symbol: fc.constantFrom(...SYMBOLS, 'EUR/USD'),
      price: fc.integer({ min: 101, max: 199 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('trade' as const),
      symbol: fc.constantFrom(...SYMBOLS),
      price: fc.integer({ min: 101, max: 199 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('dividend' as const), symbol: fc.constantFrom(...SYMBOLS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('deposit' as const), currency: fc.constantFrom('USD', 'EUR') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('strike out' as const), symbol: fc.constantFrom(...SYMBOLS) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('break or back' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const) }) },
);

const texts = <Row extends object>(rows: Iterable<Row>): string[] =>
  [...rows].map((row) => JSON.stringify(row)).sort();

function expectSum(amounts: ReadonlyArray<string | null>, total: string | null): void {
  if (amounts.includes(null)) return expect(total).toBeNull();
  const sum = amounts.reduce((so, each) => so.plus(Decimal.from(each!)), Decimal.from(0));
  expect(sum.equals(Decimal.from(total!))).toBe(true);
}

/** What a page shows is what the engine says, and its rows sum to its totals. */
function expectShown(page: PortfolioPage, value: PortfolioValuation): void {
  const figures = ({
    symbol,
    quantity,
    marketValue,
    realizedPnl,
    dayPnl,
  }: object & Record<string, unknown>) => ({
    ...{ symbol, quantity, marketValue, realizedPnl, dayPnl },
  });
  expect(texts([...page.rows.values()].map((row) => figures({ ...row })))).toEqual(
    texts(value.positions.map((row) => figures({ ...row }))),
  );
  expect(texts(page.closed.values())).toEqual(texts(value.closed));
  expect(JSON.stringify(page.cash)).toBe(JSON.stringify(value.cashBalances));
  const [open, closed, totals] = [[...page.rows.values()], [...page.closed.values()], page.totals!];
  const all = [...open, ...closed];
  expectSum(
    open.map(({ marketValue }) => marketValue),
    totals.marketValue,
  );
  expectSum(
    all.map(({ realizedPnl }) => realizedPnl),
    totals.realizedPnl,
  );
  expectSum([...all.map(({ dayPnl }) => dayPnl), totals.cashDayPnl], totals.dayPnl);
  expectSum(
    page.cash.map((row) => row.value),
    totals.cash,
  );
}

test('whatever is traded, readers have closed positions and cash as the engine has them: in time, slow, and back from a break', async () => {
  const seen = { changes: 0, breaks: 0, conflated: 0, closed: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      rig = await GatewayRig.start({
        portfolios: [{ id: 'desk', currency: 'USD', cash: { USD: 1000 } }],
        fx: ['EUR/USD'],
        refreshMs: 3_600_000,
        staleAfter: Infinity,
        limits: { highWaterBytes: 1 },
      });
      await rig.prices({ ACME: '1.50', GLOBEX: '1.50', INITECH: '1.50', 'EUR/USD': '1.10' });
      const topics = ['positions:desk'] as const;
      const prompt = await rig.stream(topics);
      const twin = await rig.stream(topics);
      let leaving = await rig.stream(topics);
      let isAway = false;
      const slow = rig.socket();
      slow.say({ type: 'subscribe', topics });
      // With such a `highWaterBytes`, first values follow their snapshot.
      await rig.frame();
      slow.isReading = false;
      const pages = { prompt: new PortfolioPage(), leaving: new PortfolioPage(), slow: new PortfolioPage() };
      let entries = 0;
      const enter = (entry: Record<string, unknown>) => {
        const whole = { id: `e${++entries}`, at: rig.clock.now(), rates: { EUR: '1.13' }, ...entry };
        return rig.change('desk', (held) => held.apply(whole as unknown as LedgerEntryInput));
      };
      for (const each of steps) {
        if (each.do === 'tick') await rig.prices({ [each.symbol]: `${each.price / 100}` });
        else if (each.do === 'deposit')
          await enter({ type: 'deposit', amount: '7.77', currency: each.currency });
        else if (each.do === 'read') {
          slow.drain();
          await rig.frame();
        } else if (each.do === 'break or back') {
          if (!isAway) {
            pages.leaving.take(leaving);
            await leaving.cancel();
          } else {
            seen.breaks++;
            pages.leaving.reconnected();
            leaving = await rig.stream(topics, {}, { 'last-event-id': leaving.lastEventId });
            expect(leaving.last('snapshot').recovered).toBe(true);
            await rig.frame();
          }
          isAway = !isAway;
        } else {
          const { symbol } = each;
          const currency = currencyOf(symbol);
          const held = (await rig.repository.load('desk'))!.position(symbol)?.quantity.toString();
          if (each.do === 'dividend')
            await enter({ type: 'income', kind: 'dividend', symbol, amount: '0.37', currency });
          // A correction: neither held nor closed any more.
          else if (each.do === 'strike out')
            await enter({ type: 'openingPosition', symbol, quantity: 0, currency });
          else
            await enter({
              ...{ type: held ? 'sell' : 'buy', symbol, quantity: held ?? '3', price: `${each.price / 100}` },
              ...(!held && { currency }),
            });
        }
        await rig.clock.settle();
        const value = rig.engine.value('desk')!;
        pages.prompt.take(prompt);
        expectShown(pages.prompt, value);
        if (!isAway) {
          pages.leaving.take(leaving);
          expectShown(pages.leaving, value);
        }
        seen.closed += value.closed.length;
      }
      slow.isReading = true;
      slow.drain();
      await rig.frame();
      pages.slow.take(slow);
      expectShown(pages.slow, rig.engine.value('desk')!);
      // Readers of the same topics share their frames.
      const updates = (raw: readonly string[]) => raw.filter((text) => text.startsWith('{"type":"update"'));
      expect(updates(twin.raw)).toEqual(updates(prompt.raw));
      seen.changes += pages.prompt.came.changes;
      seen.conflated += rig.gateway.stats().conflated;
      await rig.end();
    }),
    { numRuns: sized({ quick: 25, gate: 75, full: 1000 }) },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
});
