import { describe, expect, test } from 'vitest';
import {
  InMemoryEventBus,
  InMemoryLock,
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  Portfolio,
  PriceChangedBatch,
  combineStreams,
  markToMarket,
  priceStream,
  valuePortfolio,
} from 'tickmark';
import { TradingCalendar, lse } from 'tickmark/calendars';
import { CsvFillStream, MockFillStream } from 'tickmark/fills';
import { Gateway } from 'tickmark/gateway';
import { Instrument } from 'tickmark/instruments';
import {
  PriceFlash,
  TickmarkClient,
  eventStreams,
  formatDecimal,
  sharedByTabs,
  webSockets,
} from 'tickmark/client';
import { confluentKafka, platformaticKafka } from 'tickmark/kafka';
import {
  FirmTotals,
  HoldingsEditor,
  LeaseShardAssignment,
  MarkToMarketEngine,
  PortfolioFollower,
  PortfolioValuationService,
  PositionBook,
  PriceStreamProcessor,
  fixedShards,
} from 'tickmark/parts';
import { PollingPriceStreamAdapter, aktools, jsonQuotes } from 'tickmark/polling';
import { ReplayPriceStreamAdapter, readRecording } from 'tickmark/replay';
import { SsePriceStreamAdapter, eastmoneyPush2 } from 'tickmark/sse';
import { verify } from 'tickmark/verify';
import { WebSocketPriceStreamAdapter, binance, coinbase, kraken } from 'tickmark/websocket';

// Callers from JavaScript: the types would refuse all of it (field-faults, section 11).
type Loose = (options: never) => unknown;
const bus = new InMemoryEventBus();
const repository = new InMemoryPortfolioRepository();
const stream = new MockPriceStreamAdapter();
const lock = new InMemoryLock();
const portfolio = Portfolio.create({ id: 'a', currency: 'USD' });

// The names are looked at before either package would do anything.
class Nothing {}
const confluent = () =>
  confluentKafka({ KafkaConsumer: Nothing, KafkaJS: { Kafka: Nothing } } as never, {} as never);
const platformatic = () =>
  platformaticKafka({ Consumer: Nothing, Producer: Nothing, Admin: Nothing } as never, {} as never);

const socket = (options: object) => new WebSocketPriceStreamAdapter({ venue: binance(), ...options });

async function refusal(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    const { code, message, retryable } = error as { code: string; message: string; retryable: boolean };
    return `${code}${retryable ? ' retryable' : ''} ${message}`;
  }
  return 'accepted';
}

const DOORS: Array<[where: string, misspelt: string, meant: string, given: object, call: Loose]> = [
  ['markToMarket', 'throtle', 'throttle', { stream, repository }, (o) => markToMarket(o)],
  ['markToMarket', 'repo', 'repository', { stream }, (o) => markToMarket(o)],
  ['combineStreams', 'symbol', 'symbols', {}, (o) => combineStreams([stream], o)],
  ['priceStream', 'conect', 'connect', {}, (o) => priceStream(o)],
  ['MarkToMarketEngine', 'persistMS', 'persistMs', { bus, repository }, (o) => new MarkToMarketEngine(o)],
  ['PriceStreamProcessor', 'batchsize', 'batchSize', { bus }, (o) => new PriceStreamProcessor(o)],
  ['HoldingsEditor', 'maxAtempts', 'maxAttempts', { bus, repository }, (o) => new HoldingsEditor(o)],
  ['PositionBook', 'fxPolice', 'fxPolicy', {}, (o) => new PositionBook(o)],
  ['TradingCalendar', 'holiday', 'holidays', { name: 'own', extends: lse }, (o) => TradingCalendar.of(o)],
  [
    'PortfolioValuationService',
    'setsize',
    'setSize',
    { repository },
    (o) => new PortfolioValuationService(o),
  ],
  ['valuePortfolio', 'price', 'prices', {}, (o) => valuePortfolio(portfolio, o)],
  ['FirmTotals', 'silentAfter', 'silentAfterMs', { bus }, (o) => new FirmTotals(o)],
  ['PortfolioFollower', 'renewMS', 'renewMs', { bus }, (o) => new PortfolioFollower(o)],
  ['LeaseShardAssignment', 'leaseMS', 'leaseMs', { lock }, (o) => new LeaseShardAssignment(o)],
  ['fixedShards', 'shardcount', 'shardCount', {}, (o) => fixedShards(0, 1, o)],
  ['InMemoryEventBus', 'maxBacklogs', 'maxBacklog', {}, (o) => new InMemoryEventBus(o)],
  ['InMemoryLock', 'clok', 'clock', {}, (o) => new InMemoryLock(o)],
  ['InMemoryLock.acquire', 'waitMS', 'waitMs', {}, (o) => lock.acquire('k', o)],
  ['InMemoryPortfolioRepository', 'latency', 'latencyMs', {}, (o) => new InMemoryPortfolioRepository(o)],
  ['MockPriceStreamAdapter', 'volatilty', 'volatility', {}, (o) => new MockPriceStreamAdapter(o)],
  [
    'PriceChangedBatch.ofUpdates',
    'allowNonpositve',
    'allowNonPositive',
    {},
    (o) => PriceChangedBatch.ofUpdates([], 0, o),
  ],
  ['MockFillStream', 'repeat', 'repeats', {}, (o) => new MockFillStream(o)],
  ['CsvFillStream', 'seperator', 'separator', {}, (o) => new CsvFillStream(o)],
  ['Gateway', 'authorise', 'authorize', { bus, values: { value: () => null } }, (o) => new Gateway(o)],
  ['TickmarkClient', 'lingerMS', 'lingerMs', { url: '/live' }, (o) => new TickmarkClient(o)],
  ['eventStreams', 'credential', 'credentials', {}, (o) => eventStreams(o)],
  ['webSockets', 'webSocket', 'WebSocket', {}, (o) => webSockets(o)],
  ['sharedByTabs', 'tab', 'tabs', { reader: 'a' }, (o) => sharedByTabs(o)],
  ['PriceFlash', 'reduceMotion', 'reducedMotion', {}, (o) => new PriceFlash(o)],
  ['formatDecimal', 'signdisplay', 'signDisplay', {}, (o) => formatDecimal('1', o)],
  ['confluentKafka: consumer', 'group', 'groupId', {}, (o) => confluent().consumer(o)],
  [
    'platformaticKafka: consumer',
    'sessionTimeoutMs',
    'sessionTimeout',
    {},
    (o) => platformatic().consumer(o),
  ],
  ['verify', 'repare', 'repair', {}, (o) => verify(repository, o)],
  ['WebSocketPriceStreamAdapter', 'venu', 'venue', {}, (o) => new WebSocketPriceStreamAdapter(o)],
  ['WebSocketPriceStreamAdapter: deadlines', 'conect', 'connect', {}, (o) => socket({ deadlines: o })],
  ['WebSocketPriceStreamAdapter: backoff', 'first', 'firstMs', {}, (o) => socket({ backoff: o })],
  ['freshness', 'limit', 'limitMs', { limitMs: 1 }, (o) => socket({ freshness: o })],
  [
    'WebSocketPriceStreamAdapter: venue.limits',
    'symbolPerFrame',
    'symbolsPerFrame',
    {},
    (o) => socket({ venue: { ...binance(), limits: o } }),
  ],
  [
    'WebSocketPriceStreamAdapter: venue.backoff',
    'cap',
    'capMs',
    {},
    (o) => socket({ venue: { ...binance(), backoff: o } }),
  ],
  ['jsonQuotes', 'field', 'fields', { name: 'n', url: 'http://a.test' }, (o) => jsonQuotes(o)],
  [
    'jsonQuotes: fields',
    'prices',
    'price',
    { symbol: 's' },
    (o) => jsonQuotes({ name: 'n', url: 'http://a.test', fields: o }),
  ],
  ['binance', 'quote', 'quotes', {}, (o) => binance(o)],
  ['kraken', 'chanel', 'channel', {}, (o) => kraken(o)],
  ['coinbase', 'JWT', 'jwt', {}, (o) => coinbase(o)],
  ['SsePriceStreamAdapter', 'fed', 'feed', {}, (o) => new SsePriceStreamAdapter(o)],
  ['eastmoneyPush2', 'holiday', 'holidays', {}, (o) => eastmoneyPush2(o)],
  ['PollingPriceStreamAdapter', 'sources', 'source', {}, (o) => new PollingPriceStreamAdapter(o)],
  ['aktools', 'endPoints', 'endpoint', {}, (o) => aktools(o)],
  ['ReplayPriceStreamAdapter', 'file', 'files', {}, (o) => new ReplayPriceStreamAdapter(o)],
  ['readRecording', 'formats', 'format', {}, (o) => readRecording('f', o)],
];

test.each(DOORS)(
  '%s: an option %s is refused, with the name that was meant: %s',
  async (where, misspelt, meant, given, call) => {
    expect(await refusal(() => call({ ...given, [misspelt]: 1 } as never))).toBe(
      `INVALID_ARGUMENT ${where}: unknown option "${misspelt}"; did you mean "${meant}"?`,
    );
  },
);

test.each([
  [
    { backoff: { firstMs: -1 } },
    'WebSocketPriceStreamAdapter: backoff.firstMs: expected a number from 0, got -1.',
  ],
  [{ freshness: {} }, 'freshness: limitMs: expected ms from 0, or a function of the symbol, got undefined.'],
])('a value of another shape is refused: %j', async (options, message) => {
  expect(await refusal(() => socket(options))).toBe(`INVALID_ARGUMENT ${message}`);
});

test('a name that is near to none is refused with all that are accepted, and undefined counts as left out', async () => {
  const fixed = (options: object) => refusal(() => fixedShards(0, 1, options));
  expect(await fixed({ colour: 1 })).toBe(
    'INVALID_ARGUMENT fixedShards: unknown option "colour"; accepted are shardCount.',
  );
  expect(await fixed({ colour: undefined, shardCount: 4 })).toBe('accepted');
  expect(await fixed([] as object)).toContain('fixedShards: options: expected an object, got an array');
});

describe('wrong shapes are refused before anything begins, as mistakes that no retry mends', () => {
  const mark = (options: object) => refusal(() => markToMarket(options as never));

  test.each([
    ['no stream', { repository }, 'markToMarket: stream: expected a PriceStreamAdapter, got undefined.'],
    ['no repository', { stream }, 'markToMarket: repository: expected a PortfolioRepository, got undefined.'],
    [
      'a repository without a method',
      { stream, repository: { load: () => null, stream: () => [], save: () => null } },
      'markToMarket: repository: expected a PortfolioRepository; what was given has no method delete().',
    ],
    [
      'a bus that is none',
      { stream, repository, bus: 'redis' },
      'markToMarket: bus: expected an EventBus, got "redis".',
    ],
    [
      'a text in place of true',
      { stream, repository, conflate: 'yes' },
      'markToMarket: conflate: expected true or false, got "yes".',
    ],
    [
      'no function to report to',
      { stream, repository, onError: console },
      'markToMarket: onError: expected a function, got an object.',
    ],
    [
      'a pair in place of a list',
      { stream, repository, fx: 'EUR/USD' },
      'FxRates: pairs (fx): expected a list such as [\'EUR/USD\'], got "EUR/USD".',
    ],
  ])('%s', async (_, options, message) => {
    expect(await mark(options)).toBe(`INVALID_ARGUMENT ${message}`);
  });

  test('no options', async () => {
    expect(await refusal(() => (markToMarket as () => Promise<unknown>)())).toContain(
      'markToMarket: options: expected an object',
    );
    expect(await mark({})).toContain(
      'markToMarket: repository: expected a PortfolioRepository, got undefined',
    );
  });
});

describe('misspelt fields are refused', () => {
  test.each([
    [
      'a position',
      () =>
        Portfolio.create({
          id: 'p',
          currency: 'USD',
          positions: [{ symbol: 'A', quantity: 1, avgCost: 5 } as never],
        }),
      'Portfolio "p": position "A": unknown field "avgCost"; did you mean "averageCost"?',
    ],
    [
      'a portfolio',
      () => Portfolio.create({ id: 'p', currency: 'USD', position: [] } as never),
      'Portfolio "p": unknown field "position"; did you mean "positions"?',
    ],
    [
      'an entry',
      () =>
        portfolio.apply({
          id: 'x',
          at: 0,
          type: 'deposit',
          amount: 1,
          currency: 'USD',
          curency: 'USD',
        } as never),
      'Entry "x": deposit: unknown field "curency"; did you mean "currency"?',
    ],
    [
      'a cancellation',
      () => portfolio.buy('A', 1, 1, { id: 'b' }).cancel('b', { id: 'c', when: 5 } as never),
      'Entry "c": cancel: unknown field "when"; accepted are',
    ],
    [
      'an instrument',
      () => Instrument.of({ symbol: 'A', currency: 'USD', multipler: 5 } as never),
      'Instrument "A": unknown field "multipler"; did you mean "multiplier"?',
    ],
    [
      'a quoted price',
      () => valuePortfolio(portfolio, { prices: { A: { price: 1, previousclose: 2 } as never } }),
      'valuePortfolio: prices["A"]: unknown field "previousclose"; did you mean "previousClose"?',
    ],
    [
      'a symbol of the mock',
      () => new MockPriceStreamAdapter({ symbols: { A: { startprice: 5 } as never } }),
      'MockPriceStreamAdapter: symbols["A"]: unknown option "startprice"; did you mean "startPrice"?',
    ],
  ])('of %s', async (_, call, message) => {
    expect(await refusal(call)).toContain(message);
  });
});

describe('a change of holdings', () => {
  const editor = new HoldingsEditor({ repository, bus });

  test.each([
    [
      'returns a promise',
      async (held: Portfolio) => held,
      'a Portfolio at once; wait before update() is called',
    ],
    ['returns nothing', () => undefined, 'expected a Portfolio, got undefined'],
    [
      'returns another portfolio',
      () => Portfolio.create({ id: 'other', currency: 'USD' }),
      'the portfolio "held", changed',
    ],
  ])('that %s is refused, and changes nothing', async (_, change, message) => {
    if (!(await repository.load('held')))
      await editor.create(Portfolio.create({ id: 'held', currency: 'USD' }));
    expect(await refusal(() => editor.update('held', change as never))).toContain(message);
    expect((await repository.load('held'))!.version).toBe(1);
  });

  test('of a new portfolio whose id is taken says that it exists', async () => {
    await editor.create(Portfolio.create({ id: 'taken', currency: 'USD' }));
    expect(await refusal(() => editor.create(Portfolio.create({ id: 'taken', currency: 'USD' })))).toBe(
      'VERSION_CONFLICT A portfolio with the id "taken" exists already, at version 1. Load and change it, or choose another id.',
    );
    expect(await refusal(() => editor.create(undefined as never))).toContain(
      'create: portfolio: expected a Portfolio',
    );
  });
});

describe('a value that would be ignored, or fail later, is refused with what is accepted', () => {
  const venue = (fields: object) => () => socket({ venue: { ...binance(), ...fields } });
  const polled = (fields: object) => () =>
    new PollingPriceStreamAdapter({
      source: { name: 'n', url: 'http://a.test', decode: () => undefined, ...fields },
    });
  const events = (fields: object) => () =>
    new SsePriceStreamAdapter({
      feed: { name: 'n', url: 'http://a.test', open: () => () => undefined, ...fields },
    });
  const engine = (options: object) => () => new MarkToMarketEngine({ bus, repository, ...options });
  const service = (options: object) => () => new PortfolioValuationService({ repository, ...options });
  const mock = (options: object) => () => new MockPriceStreamAdapter(options);

  test.each<[what: string, call: () => unknown, message: string]>([
    ['detail', engine({ detail: 'position' }), 'detail: expected "totals" or "positions", got "position"'],
    ['emission', engine({ emission: 5 }), 'emission: options: expected an object, got 5'],
    ['emission.minChangeBps', engine({ emission: { minChangBps: 5 } }), 'did you mean "minChangeBps"?'],
    ['persistMs', engine({ persistMs: true }), 'persistMs: expected ms from 0'],
    ['staleAfter', engine({ staleAfter: true }), 'staleAfter: expected ms from 0, or a function'],
    ['fxMaxAgeMs', engine({ fxMaxAgeMs: '5' }), 'maxAgeMs (fxMaxAgeMs): expected ms from 0, got "5"'],
    ['symbols', engine({ symbols: ['A'] }), 'symbols: expected a SymbolTable'],
    ['fx of a service', service({ fx: 'EUR/USD' }), "expected a list such as ['EUR/USD']"],
    ['staleAfter of a service', service({ staleAfter: -1 }), 'staleAfter: expected ms from 0'],
    ['lockTtlMs', service({ lockTtlMs: 'x' }), 'lockTtlMs: expected ms from 0'],
    [
      'shardCount',
      () => new FirmTotals({ bus, shardCount: -1 }),
      'shardCount: expected a whole number from 1',
    ],
    ['latencyMs', () => new InMemoryPortfolioRepository({ latencyMs: NaN }), 'latencyMs: expected ms from 0'],
    ['startPrice', mock({ startPrice: {} }), 'startPrice: expected a multiple of the tick size'],
    ['tickSize', mock({ tickSize: [] }), 'tickSize: expected a decimal above 0'],
    ['previousClose', mock({ previousClose: true }), 'previousClose: expected a price such as 12.5'],
    ['symbols of the mock', mock({ symbols: 'A' }), 'symbols: expected options by symbol, got "A"'],
    ['faults', mock({ faults: {} }), 'faults: expected a list, got an object'],
    ['repeats', () => new MockFillStream({ repeats: '1' as never }), 'repeats: expected a number, got "1"'],
    ['transport', () => socket({ transport: 'ws' }), 'transport: expected a Transport, got "ws"'],
    ['hints', () => socket({ hints: {} }), 'hints: expected a function, got an object'],
    ['a field of a venue', venue({ header: {} }), 'venue: unknown field "header"; did you mean "headers"?'],
    ['recovers of a venue', venue({ recovers: 'yes' }), 'venue.recovers: expected true or false, got "yes"'],
    ['symbolFault of a venue', venue({ symbolFault: /x/ }), 'venue.symbolFault: expected a function'],
    ['a header without a value', venue({ headers: { key: undefined } }), 'headers["key"]: expected a string'],
    ['headers as a list', polled({ headers: ['a: b'] }), 'source.headers: expected an object such as'],
    ['a secret for headers', polled({ headers: 'Bearer 1' }), 'or a function that gives one, got "…"'],
    [
      'a field of a source',
      polled({ intervalMS: 5 }),
      'source: unknown field "intervalMS"; did you mean "intervalMs"?',
    ],
    ['explain', polled({ explain: 'no' }), 'source.explain: expected a function, got "no"'],
    [
      'a field of a feed',
      events({ recover: true }),
      'feed: unknown field "recover"; did you mean "recovers"?',
    ],
    ['silenceMs', events({ silenceMs: '5' }), 'feed.silenceMs: expected a number, got "5"'],
    [
      'holidays of a feed',
      () => eastmoneyPush2({ holidays: '2026-10-01' as never }),
      'holidays: expected a list',
    ],
    ['holidays of a source', () => aktools({ holidays: 5 as never }), 'holidays: expected a list, got 5'],
    [
      'whileUnchecked',
      () =>
        new Gateway({
          bus,
          values: { value: () => null },
          authenticate: () => null,
          authorize: () => true,
          whileUnchecked: 'stop',
        } as never),
      'whileUnchecked: expected "pause" or "continue", got "stop"',
    ],
  ])('%s', async (_, call, message) => {
    const text = await refusal(call);
    expect(text).toMatch(/^INVALID_ARGUMENT /);
    expect(text).toContain(message);
  });

  test('but not fields that a provider has for itself, or by its class', async () => {
    class Source {
      readonly urls = ['http://a.test'];
      readonly name = 'n';
      readonly url = 'http://a.test';
      decode(): void {
        // Nothing comes.
      }
    }
    expect(await refusal(polled({ dialect: 'fix' }))).toBe('accepted');
    expect(await refusal(() => new PollingPriceStreamAdapter({ source: new Source() }))).toBe('accepted');
  });
});
