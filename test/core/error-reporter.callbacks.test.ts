import { describe, expect, test } from 'vitest';
import {
  InMemoryEventBus,
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  Portfolio,
  markToMarket,
} from 'tickmark';
import { FirmTotals, HoldingsEditor, PortfolioValuationService } from 'tickmark/parts';
import { priceStream } from '../../src/core/streams/price-stream.js';
import { errorReporter } from '../../src/core/error-reporter.js';
import { TickmarkError } from '../../src/core/errors.js';
import { FillBooker } from '../../src/core/fills/fill-booker.js';
import type { FillMessage } from '../../src/core/fills/fill-stream.js';
import type { Logger } from '../../src/core/logger.js';
import type { PriceStreamLink } from '../../src/core/streams/price-stream-link.js';
import { SecurityLog } from '../../src/gateway/admission/security-events.js';
import { SymbolFreshness } from '../../src/streams/connection/symbol-freshness.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { logged } from '../logged.js';

/** Where what a callback throws is to arrive. */
interface Receivers {
  readonly onError: (error: TickmarkError) => void;
  readonly logger: Logger;
}

const BUY = { id: 'b', at: 1, type: 'buy', symbol: 'A', quantity: 2, price: 10 } as const;
const SPLIT = { id: 's', at: 2, type: 'split', symbol: 'A', from: 1, to: 2 } as const;

async function stored(): Promise<InMemoryPortfolioRepository> {
  const repository = new InMemoryPortfolioRepository();
  await repository.save(Portfolio.create({ id: 'p', currency: 'USD', cash: { USD: 100 } }).apply(BUY));
  return repository;
}

async function bookFills(
  hooks: Pick<ConstructorParameters<typeof FillBooker>[0], 'onGap' | 'onDifferences' | 'onRefused'>,
  to: Receivers,
): Promise<void> {
  const messages: readonly FillMessage[] = [
    { type: 'gap', account: null, from: 1, to: 2, reason: 'x' },
    { type: 'snapshot', account: 'p', at: 1, positions: { A: 9 } },
    { type: 'fill', account: 'p', entry: { ...BUY, id: 'bad', quantity: 0 } },
  ];
  const repository = await stored();
  const holdings = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
  const stream = {
    async *read() {
      yield await Promise.resolve(messages);
    },
  };
  const booker = new FillBooker({ stream, repository, holdings, ...hooks, ...to });
  booker.start();
  await booker.finished();
  await booker.close();
}

async function connected(
  to: Receivers,
  listen: (stream: ReturnType<typeof priceStream>) => void,
): Promise<void> {
  let link: PriceStreamLink | undefined;
  const stream = priceStream({ name: 'Test', connect: (given) => void (link = given), ...to });
  listen(stream);
  await stream.connect();
  await stream.subscribe(['A']);
  link!.deliver({ symbol: 'A', price: 1, timestamp: Date.now() });
  await stream.disconnect();
}

/** Each callback of the library: makes it be called, as `hook`, at least once. */
const CALLBACKS: Readonly<Record<string, (hook: () => never, to: Receivers) => Promise<void> | void>> = {
  'FillBooker onGap': (onGap, to) => bookFills({ onGap }, to),
  'FillBooker onDifferences': (onDifferences, to) => bookFills({ onDifferences }, to),
  'FillBooker onRefused': (onRefused, to) => bookFills({ onRefused }, to),
  'FirmTotals onChange': async (onChange, to) => {
    const bus = new InMemoryEventBus();
    const firm = new FirmTotals({ bus, shardCount: 1, onChange, ...to });
    const event = {
      type: 'tickmark.shards.totals',
      id: 'e',
      occurredAt: Date.now(),
      format: 1,
      publisher: 'x',
    };
    await bus.publish({ ...event, sequence: 0, shardCount: 1, shards: [], released: [] } as never);
    firm.close();
  },
  'PortfolioValuationService onProgress': async (onProgress, to) => {
    const service = new PortfolioValuationService({ repository: await stored(), ...to });
    await service.batchRevaluatePortfolios(['p'], { updates: [] }, { onProgress });
  },
  'markToMarket onProgress': async (onProgress, to) => {
    const stream = new MockPriceStreamAdapter();
    const marking = await markToMarket({ stream, repository: await stored(), onProgress, ...to });
    await marking.close();
  },
  'MarkToMarket onValued': async (onValued, to) => {
    const repository = new InMemoryPortfolioRepository();
    await repository.save(Portfolio.create({ id: 'c', currency: 'USD' }));
    const stream = new MockPriceStreamAdapter();
    const marking = await markToMarket({ stream, repository, ...to });
    marking.onValued(onValued);
    await new Promise((resolve) => setImmediate(resolve));
    await marking.close();
  },
  'corporateAction onProgress': async (onProgress, to) => {
    const repository = await stored();
    const stream = new MockPriceStreamAdapter();
    const marking = await markToMarket({ stream, repository, ...to });
    await marking.corporateAction(SPLIT, { onProgress });
    await marking.close();
  },
  onSecurityEvent: (onSecurityEvent, to) => {
    const log = new SecurityLog(() => 1, onSecurityEvent, errorReporter(to));
    log.report('origin-refused' as never, { address: '::1', subject: null } as never, 'x');
  },
  'freshness onChange': async (onChange, to) => {
    const clock = new FakeClock();
    const freshness = new SymbolFreshness({ clock, limitMs: 10, onChange }, errorReporter(to));
    freshness.watch(['A']);
    await clock.advance(100);
    freshness.stop();
  },
  'PriceStreamAdapter onMessage': (hook, to) => connected(to, (stream) => void stream.onMessage(hook)),
  'PriceStreamAdapter onStatus': (hook, to) => connected(to, (stream) => void stream.onStatus(hook)),
  'a handler of a bus': async (handler, to) => {
    const bus = new InMemoryEventBus(to);
    bus.subscribe('x', handler);
    await bus.publish({ type: 'x', id: '1', occurredAt: 1 });
    await bus.close();
  },
};

const WAYS: ReadonlyArray<readonly [string, () => never]> = [
  [
    'throws',
    () => {
      throw new Error('mine');
    },
  ],
  ['rejects', () => Promise.reject(new Error('mine')) as never],
  // Such as a promise of another library.
  [
    'rejects as a thenable',
    () => ({ then: (_: unknown, reject: (cause: Error) => void) => reject(new Error('mine')) }) as never,
  ],
];

// field-faults.md section 11: errors of a user's `onValued` listener vanish: no log, no `onError`.
describe.each(WAYS)('a callback that %s reaches logger and onError', (_, hook) => {
  test.each(Object.entries(CALLBACKS))('%s', async (_name, run) => {
    const errors: TickmarkError[] = [];
    const logger = logged();
    await run(hook, { onError: (error) => void errors.push(error), logger });
    await new Promise((resolve) => setImmediate(resolve));
    const failed = errors.filter(({ code }) => code === 'HANDLER_FAILED');
    expect(failed.length).toBeGreaterThan(0);
    expect((failed[0]!.cause as Error).message).toBe('mine');
    expect(logger.errors).toContain(failed[0]!.message);
  });

  test('onError itself: the logger has both', async () => {
    const logger = logged();
    errorReporter({ onError: hook, logger })(new TickmarkError('CLOSED', 'It is closed.'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(logger.errors.toSorted()).toEqual([
      'It is closed.',
      'onError threw or rejected; processing continues.',
    ]);
  });
});
