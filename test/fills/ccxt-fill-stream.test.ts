import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { fillStreamConformance } from '../../src/conformance/fill-stream/fill-stream-conformance.js';
import type { TickmarkError } from '../../src/core/errors.js';
import type { FillMessage } from '../../src/core/fills/fill-stream.js';
import { readEntry } from '../../src/core/portfolio/ledger/entry-reader.js';
import { seededRandom } from '../../src/core/random.js';
import {
  CcxtFillStream,
  type CcxtExchange,
  type CcxtFillStreamOptions,
} from '../../src/fills/ccxt-fill-stream.js';
import { fillsOfCcxt, type CcxtTrade } from '../../src/fills/ccxt-trade.js';
import { runner } from '../conformance/without-skips.js';
import { caught } from '../oracle/caught.js';

const START = 1_790_000_000_000;

const tradeOf = (number: number): CcxtTrade => ({
  id: String(number),
  timestamp: START + number,
  symbol: 'BTC/USDT',
  side: 'buy',
  price: 50_000.5,
  amount: number / 1000,
});

/** An exchange in memory: what is traded reaches who watches, and can be fetched in pages. */
class Exchange implements CcxtExchange {
  readonly id = 'binance';
  readonly trades: CcxtTrade[] = [];
  readonly fetched: number[] = [];
  pageSize = 3;
  #failure: Error | null = null;
  #waiting: Array<{ resolve: (trades: CcxtTrade[]) => void; reject: (error: Error) => void }> = [];
  #unseen: CcxtTrade[] = [];

  trade(trade: CcxtTrade): void {
    this.trades.push(trade);
    if (this.#failure) return;
    this.#unseen.push(trade);
    for (const { resolve } of this.#waiting.splice(0)) resolve(this.#unseen.splice(0));
  }

  fail(error: Error | null): void {
    this.#failure = error;
    this.#unseen = [];
    if (error) for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  watchMyTrades(): Promise<CcxtTrade[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#unseen.length > 0) return Promise.resolve(this.#unseen.splice(0));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  fetchMyTrades(_symbol?: string, since = 0): Promise<CcxtTrade[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.fetched.push(since);
    return Promise.resolve(this.trades.filter(({ timestamp }) => timestamp >= since).slice(0, this.pageSize));
  }
}

const named = (name: string) => Object.assign(new Error(name), { name });

function world(options: Partial<CcxtFillStreamOptions> = {}) {
  const clock = new FakeClock({ now: START });
  const exchange = new Exchange();
  const errors: TickmarkError[] = [];
  const stream = new CcxtFillStream({
    exchange,
    account: 'main',
    clock,
    random: seededRandom(1),
    onError: (error) => void errors.push(error),
    ...options,
  });
  const messages: FillMessage[] = [];
  const stop = new AbortController();
  const read = async (): Promise<void> => {
    for await (const list of stream.read({ signal: stop.signal })) messages.push(...list);
  };
  const ids = () =>
    messages.map((each) => (each.type === 'fill' ? each.entry.id.split(':').at(-1) : each.type));
  return { clock, exchange, errors, stream, messages, stop, read, ids };
}

describe('a trade of ccxt', () => {
  const trade = tradeOf(20);
  const entries = (more: object) =>
    fillsOfCcxt({ ...trade, ...more }, 'binance', 'main').map(({ entry }) => entry);

  test('is an entry in the currency of the quote, with an id that is its own among all markets', () => {
    expect(fillsOfCcxt(trade, 'binance', 'main')).toEqual([
      {
        type: 'fill',
        account: 'main',
        entry: {
          id: 'binance:BTC/USDT:20',
          at: START + 20,
          type: 'buy',
          symbol: 'BTC/USDT',
          quantity: 0.02,
          price: 50_000.5,
          currency: 'USDT',
        },
      },
    ]);
    expect(entries({ symbol: 'BTC/USD:BTC', side: 'sell' })[0]).toMatchObject({
      type: 'sell',
      currency: 'USD',
    });
  });

  test.each([
    [
      'in the coin that was bought is taken off the units',
      { fee: { cost: 0.00002, currency: 'BTC' } },
      { feeQuantity: 0.00002 },
    ],
    [
      'in another coin is paid',
      { fee: { cost: '0.01', currency: 'BNB' } },
      { fee: '0.01', feeCurrency: 'BNB' },
    ],
    [
      'in the coin that was sold is paid',
      { side: 'sell', fee: { cost: 0.1, currency: 'BTC' } },
      { fee: 0.1, feeCurrency: 'BTC' },
    ],
    [
      'of a contract in its coin is paid',
      { symbol: 'BTC/USD:BTC', fee: { cost: 0.1, currency: 'BTC' } },
      { fee: 0.1, feeCurrency: 'BTC' },
    ],
    [
      'that is a rebate is paid out',
      { fee: { cost: -0.1, currency: 'BTC' } },
      { fee: -0.1, feeCurrency: 'BTC' },
    ],
  ])('whose fee is %s', (_, more, expected) => {
    const all = entries(more);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject(expected);
    expect(() => readEntry(all[0]!)).not.toThrow();
  });

  test('with several fees has an entry for each further one, and none for a fee of 0', () => {
    const fees = [
      { cost: 1, currency: 'USDT' },
      { cost: 0, currency: 'X' },
      { cost: 0.01, currency: 'BNB' },
      { cost: null, currency: null },
    ];
    expect(entries({ fees, fee: { cost: 9, currency: 'USDT' } })).toMatchObject([
      { fee: 1, feeCurrency: 'USDT' },
      { id: 'binance:BTC/USDT:20:fee-2', type: 'fee', amount: 0.01, currency: 'BNB' },
    ]);
  });

  test.each([
    ['no id', { id: '' }],
    ['no time', { timestamp: undefined }],
    ['no quote', { symbol: 'BTC' }],
    ['no side', { side: undefined }],
  ])('with %s is refused', (_, more) => {
    expect(caught(() => entries(more))).toMatchObject({ code: 'MALFORMED_INPUT' });
  });
});

describe('trades of an account', () => {
  test('come as they happen; without since nothing is fetched', async () => {
    const { clock, exchange, ids, read, stop } = world();
    const reading = read();
    await clock.advance(1);
    exchange.trade(tradeOf(1));
    await clock.advance(1);
    exchange.trade(tradeOf(2));
    await clock.advance(1);
    expect([ids(), exchange.fetched]).toEqual([['1', '2'], []]);
    stop.abort();
    await reading;
    expect(clock.pending).toBe(0);
  });

  test('from before are fetched in pages, from since on', async () => {
    const { clock, exchange, ids, read, stop } = world({ since: START, overlapMs: 0 });
    for (let number = 1; number <= 8; number++) exchange.trades.push(tradeOf(number));
    const reading = read();
    await clock.advance(1);
    expect(ids()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    stop.abort();
    await reading;
  });

  test('of one moment that are more than a page are reported as a gap, and those after it are fetched', async () => {
    const { clock, exchange, messages, ids, read, stop } = world({ since: START, overlapMs: 0 });
    for (let number = 1; number <= 5; number++)
      exchange.trades.push({ ...tradeOf(number), timestamp: START + 7 });
    for (const number of [10, 11]) exchange.trades.push(tradeOf(number));
    const reading = read();
    await clock.advance(1);
    expect(ids()).toEqual(['1', '2', '3', 'gap', '10', '11']);
    expect(messages[3]).toMatchObject({ type: 'gap', from: START + 7, to: START + 8 });
    stop.abort();
    await reading;
  });

  test('that were missed during a break are fetched, those known among them', async () => {
    const { clock, exchange, ids, read, errors, stop } = world();
    const reading = read();
    await clock.advance(1);
    exchange.trade(tradeOf(1));
    await clock.advance(1);
    exchange.fail(named('NetworkError'));
    exchange.trade(tradeOf(2));
    await clock.advance(100);
    exchange.fail(null);
    await clock.advance(60_000);
    exchange.trade(tradeOf(3));
    await clock.advance(1);
    expect(ids()).toEqual(['1', '1', '2', '3']);
    expect(errors.map(({ code, retryable }) => [code, retryable])).toContainEqual(['STREAM_FAILED', true]);
    stop.abort();
    await reading;
  });

  test('that cannot be fetched are reported as a gap', async () => {
    const exchange = new Exchange();
    const live: CcxtExchange = { id: 'x', watchMyTrades: () => exchange.watchMyTrades() };
    const { clock, messages, read, stop } = world({ exchange: live });
    const reading = read();
    await clock.advance(1);
    exchange.fail(named('NetworkError'));
    await clock.advance(500);
    exchange.fail(null);
    await clock.advance(60_000);
    exchange.trade(tradeOf(1));
    await clock.advance(1);
    expect(messages.map(({ type }) => type)).toEqual(['gap', 'fill']);
    expect(messages[0]).toMatchObject({ account: 'main', from: START, reason: 'disconnect' });
    stop.abort();
    await reading;
  });

  test('of which one cannot be read are reported, and the others delivered', async () => {
    const { clock, exchange, ids, read, errors, stop } = world();
    const reading = read();
    exchange.trade({ ...tradeOf(1), side: 'swap' });
    exchange.trade(tradeOf(2));
    await clock.advance(1);
    exchange.trade(tradeOf(3));
    await clock.advance(1);
    expect([ids(), errors.map(({ code }) => code)]).toEqual([['2', '3'], ['MALFORMED_INPUT']]);
    stop.abort();
    await reading;
  });

  test.each(['AuthenticationError', 'PermissionDenied'])(
    'end when the exchange refuses the keys: %s',
    async (name) => {
      const { exchange, read } = world();
      exchange.fail(named(name));
      await expect(read()).rejects.toMatchObject({ code: 'UNAUTHORIZED', retryable: false });
    },
  );

  test.each<[string, object]>([
    ['no exchange', { exchange: {} }],
    ['an empty account', { account: '' }],
    ['a negative time', { since: -1 }],
    ['a negative overlap', { overlapMs: -1 }],
  ])('of %s are refused', (_, options) => {
    expect(caught(() => world(options))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

fillStreamConformance(runner, {
  createHarness: () => {
    const { clock, exchange, stream } = world();
    return {
      stream,
      account: 'main',
      trade: (number) => {
        exchange.trade(tradeOf(number));
        return fillsOfCcxt(tradeOf(number), 'binance', 'main')[0]!.entry;
      },
      link: {
        break: () => Promise.resolve(exchange.fail(named('NetworkError'))),
        restore: () => Promise.resolve(exchange.fail(null)),
      },
      advance: (ms) => clock.advance(ms),
      pending: () => clock.pending,
      dispose: () => undefined,
    };
  },
  supports: { link: true },
});
