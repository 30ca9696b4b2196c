import { expect, test } from 'vitest';
import {
  Decimal,
  InMemoryEventBus,
  InMemoryPortfolioRepository,
  Portfolio,
  PriceChangedBatch,
  seededRandom,
  type PortfolioValuation,
  type PositionValuation,
} from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { FakeClock } from 'tickmark/conformance';
import { Gateway } from 'tickmark/gateway';
import { hostileText } from '../protocol/hostile-text.js';
import { seed, sized } from '../sizes.js';
import { StreamReader } from './rig/stream-reader.js';
import { NO_LOCAL_AMOUNTS, NO_ROW_FIGURES, NO_TOTALS } from '../oracle/no-figures.js';

const PORTFOLIOS = sized({ quick: 200, gate: 2500, full: 10_000 });
const HOSTILE_ROWS = sized({ quick: 2000, gate: 10_000, full: 100_000 });

async function snapshotOf(
  gateway: Gateway,
  clock: FakeClock,
  topics: readonly string[],
): Promise<StreamReader> {
  const query = topics.map((topic) => `topic=${encodeURIComponent(topic)}`).join('&');
  const response = gateway.handle(new Request(`http://x/?${query}`));
  // Lets earlier requests continue.
  await clock.advance();
  const reader = new StreamReader(await response);
  // The last message of the set has the position.
  while (reader.position === '') {
    if (!(await reader.readOne())) throw new Error(`No position: ${reader.response.status}`);
  }
  return reader;
}

/** A value as a reader gets it, computed here from the engine's decimals. */
function shown(value: PortfolioValuation): Record<string, unknown> {
  const text = (decimal: Decimal | null) => decimal && decimal.toString();
  const {
    portfolioId: id,
    priceTime: _time,
    positions: _rows,
    closed: _closed,
    cashBalances: _cash,
    priced,
    ...figures
  } = value;
  return {
    id,
    ...Object.fromEntries(
      Object.entries(figures).map(([name, each]) => [name, each instanceof Decimal ? text(each) : each]),
    ),
    priced: Object.fromEntries(Object.entries(priced).map(([name, each]) => [name, text(each as Decimal)])),
  };
}

test('a reader gets the figures of the engine digit for digit, for random portfolios', async () => {
  const random = seededRandom(seed);
  const clock = new FakeClock();
  const bus = new InMemoryEventBus({ clock });
  const repository = new InMemoryPortfolioRepository();
  const symbols = Array.from({ length: 300 }, (_, index) => `S${index}`);
  const currencies = ['USD', 'EUR', 'JPY', 'GBP'];
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const digits = (most: number) =>
    (random() * 10 ** Math.floor(random() * most)).toFixed(Math.floor(random() * 6));
  for (let id = 0; id < PORTFOLIOS; id++) {
    const held = new Set(Array.from({ length: Math.floor(random() * 4) }, () => one(symbols)));
    const positions = [...held].map((symbol) => ({
      symbol,
      quantity: `${random() < 0.3 ? '-' : ''}${digits(6)}1`,
      averageCost: `${digits(4)}1`,
      currency: one(currencies),
    }));
    await repository.save(Portfolio.create({ id: `p${id}`, currency: one(currencies), positions }));
  }
  const engine = new MarkToMarketEngine({ bus, repository, clock, fx: ['EUR/USD', 'USD/JPY', 'GBP/USD'] });
  const starting = engine.start();
  await clock.advance(100);
  await starting;
  const now = clock.now();
  // Some symbols have no price, so that unknown values occur as well.
  const updates = [
    ...symbols.slice(0, 280).map((symbol) => ({ symbol, price: `${digits(4)}1`, timestamp: now })),
    { symbol: 'EUR/USD', price: '1.08345', timestamp: now },
    { symbol: 'USD/JPY', price: '151.237', timestamp: now },
    { symbol: 'GBP/USD', price: '1.2719', timestamp: now },
  ];
  await bus.publish(PriceChangedBatch.ofUpdates(updates, now));
  const gateway = new Gateway({
    bus,
    values: engine,
    authenticate: () => ({ subject: 'anyone' }),
    authorize: () => true,
    allowMissingOrigin: true,
    clock,
  });
  let incomplete = 0;
  for (let first = 0; first < PORTFOLIOS; first += 50) {
    const ids = Array.from({ length: 50 }, (_, index) => `p${first + index}`);
    const reader = await snapshotOf(
      gateway,
      clock,
      ids.flatMap((id) => [`portfolio:${id}`, `positions:${id}`]),
    );
    // One set of several messages.
    const set = [...reader.of('snapshot'), ...reader.of('update')];
    const portfolios = set.flatMap((each) => each.portfolios ?? []);
    const positions = set.flatMap((each) => each.positions ?? []);
    await reader.cancel();
    const expected = ids.map((id) => engine.value(id)!);
    expect(portfolios).toEqual(expected.map(shown));
    for (const [index, value] of expected.entries()) {
      const { portfolio, rows } = positions[index]!;
      expect(portfolio).toEqual(shown(value));
      expect(rows.map(({ marketValue, costBasis, quantity }) => [marketValue, costBasis, quantity])).toEqual(
        value.positions.map((row) => [
          row.marketValue?.toString() ?? null,
          row.costBasis?.toString() ?? null,
          row.quantity.toString(),
        ]),
      );
      if (!portfolio.complete) incomplete++;
      if (portfolio.marketValue === null) continue;
      // The total is the sum of its rows, as a reader would add them up.
      const sum = rows.reduce((total, row) => total.plus(Decimal.from(row.marketValue!)), Decimal.from(0));
      expect(sum.equals(Decimal.from(portfolio.marketValue))).toBe(true);
    }
  }
  expect(incomplete).toBeGreaterThan(PORTFOLIOS / 100);
});

test('values with hostile strings come out of the stream unchanged', async () => {
  const random = seededRandom(seed);
  const clock = new FakeClock();
  const text = () => hostileText(random);
  const one = Decimal.from('1.5');
  const row = (): PositionValuation => ({
    symbol: text(),
    quantity: one,
    price: {
      price: one,
      currency: text(),
      kind: 'last',
      source: text(),
      asOf: random() * 1e12,
      ageMs: 0,
      grade: 'live',
    },
    grade: 'live',
    fx: { path: [text()], rate: one, asOf: null, ageMs: null },
    local: { ...NO_LOCAL_AMOUNTS, currency: text(), costBasis: one, marketValue: one },
    ...NO_ROW_FIGURES,
    costBasis: one,
    unrealizedPnl: one,
    dayPnl: one,
  });
  const zero = Decimal.from(0);
  let newest: PortfolioValuation;
  const value = (portfolioId: string): PortfolioValuation => {
    // A book has each symbol once.
    const positions = [
      ...new Map(Array.from({ length: 1000 }, row).map((each) => [each.symbol, each])).values(),
    ];
    const totals = {
      currency: text(),
      ...NO_TOTALS,
      priced: { marketValue: zero, costBasis: zero, unrealizedPnl: zero, realizedPnl: zero },
      livePricedShare: null,
      pricedShare: null,
      complete: false,
      unpriced: [text(), text()],
      unconverted: [text()],
      unknownCost: [text()],
    };
    const valuedAt = clock.now();
    newest = {
      portfolioId,
      version: 1,
      valuedAt,
      priceTime: 0,
      ...totals,
      positions,
      closed: [text(), text()].map((symbol) => ({
        symbol,
        local: { currency: text(), realizedPnl: one },
        realizedPnl: one,
        realizedPricePnl: null,
        realizedFxPnl: null,
        income: null,
        expenses: null,
        dayPnl: null,
        session: null,
      })),
      cashBalances: [{ currency: text(), balance: one, settledCash: one, value: null }],
    };
    return newest;
  };
  const gateway = new Gateway({
    bus: new InMemoryEventBus({ clock }),
    values: { value },
    authenticate: () => ({ subject: 'anyone' }),
    authorize: () => true,
    allowMissingOrigin: true,
    clock,
    limits: { bufferedBytes: 2 ** 25 },
  });
  let rows = 0;
  while (rows < HOSTILE_ROWS) {
    // A URL cannot contain half of a surrogate pair.
    const id = `${rows}${text().replace(/[\ud800-\udfff]/g, '')}`;
    const reader = await snapshotOf(gateway, clock, [`positions:${id}`]);
    await reader.cancel();
    const [told] = reader.last('snapshot').positions!;
    expect(told!.id).toBe(id);
    expect(told!.portfolio.unpriced).toEqual(newest!.unpriced);
    const got = told!.rows.map(({ symbol, price, fx, local }) => [
      symbol,
      price!.currency,
      price!.source,
      price!.asOf,
      fx!.path,
      local.currency,
    ]);
    const sent = newest!.positions.map(({ symbol, price, fx, local }) => [
      symbol,
      price!.currency,
      price!.source,
      price!.asOf,
      fx!.path,
      local.currency,
    ]);
    expect(JSON.stringify(got)).toBe(JSON.stringify(sent));
    const { closed, cashBalances } = newest!;
    expect(JSON.stringify([told!.closed, told!.cashBalances])).toBe(JSON.stringify([closed, cashBalances]));
    rows += sent.length;
  }
});
