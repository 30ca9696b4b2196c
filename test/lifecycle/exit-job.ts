/**
 * One job in a process of its own, named on the command line. It must end by itself: nothing here calls process.exit().
 * What it prints is what the test reads.
 */
import {
  InMemoryEventBus,
  InMemoryLock,
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  Portfolio,
  markToMarket,
  type DomainEvent,
  type PortfolioRepository,
} from 'tickmark';
import { HUNG_AFTER_MS, until } from '../waiting.js';

process.on('unhandledRejection', (reason) => {
  console.log(`unhandled rejection: ${String(reason)}`);
  process.exitCode = 3;
});

const never = () => new Promise<never>(() => undefined);

class Store extends InMemoryPortfolioRepository {
  hangs = false;
  hanging = 0;
  override saveValuations(...args: Parameters<PortfolioRepository['saveValuations']>) {
    if (!this.hangs) return super.saveValuations(...args);
    this.hanging++;
    return never();
  }
}

class Bus extends InMemoryEventBus {
  hangs = '';
  readonly hanging = new Set<string>();
  override publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    const { type } = events as DomainEvent;
    if (this.hangs === '' || type !== this.hangs) return super.publish(events);
    this.hanging.add(type);
    return never();
  }
}

async function setUp() {
  const repository = new Store();
  for (let at = 0; at < 50; at++) {
    await repository.save(
      Portfolio.create({
        id: `p${at}`,
        currency: 'USD',
        positions: [
          { symbol: 'A', quantity: at + 1 },
          { symbol: `S${at}`, quantity: 1, currency: 'EUR' },
        ],
      }),
    );
  }
  const stream = new MockPriceStreamAdapter({ intervalMs: 5, heartbeatMs: 20 });
  return {
    repository,
    stream,
    fx: ['EUR/USD'],
    fxMaxAgeMs: 60_000,
    emission: { minChangeBps: 1, maxAgeMs: 500 },
  };
}

const jobs: Record<string, () => Promise<void>> = {
  /** The main job: run for a while, trade, close. */
  async close() {
    const parts = await setUp();
    const marking = await markToMarket(parts);
    let values = 0;
    marking.onValued((batch) => void (values += batch.length));
    await until('values', () => values > 0);
    await marking.update('p1', (held) => held.buy('A', 1, 100));
    await marking.close({ timeoutMs: HUNG_AFTER_MS });
    const { engine } = marking.stats();
    console.log(
      JSON.stringify({ valued: values > 0, unsaved: engine.unsaved, portfolios: engine.portfolios }),
    );
  },

  async using() {
    await using marking = await markToMarket(await setUp());
    await until('values', () => marking.stats().engine.saved > 0);
    console.log(marking.stats().engine.portfolios);
  },

  async 'own lock and bus'() {
    const lock = new InMemoryLock();
    const bus = new InMemoryEventBus();
    const marking = await markToMarket({ ...(await setUp()), lock, bus });
    await until('values', () => marking.stats().engine.saved > 0);
    await marking.close({ timeoutMs: HUNG_AFTER_MS });
    console.log(JSON.stringify({ held: lock.stats().held, subscriptions: bus.stats().subscriptions }));
  },

  async 'failed start'() {
    const parts = await setUp();
    parts.stream.connect = () => Promise.reject(new Error('no venue'));
    await markToMarket(parts).catch((error: Error) => console.log(error.message));
  },

  async 'aborted start'() {
    const parts = await setUp();
    const abort = new AbortController();
    const next = () => {
      abort.abort();
      return never();
    };
    parts.repository.stream = () => ({ [Symbol.asyncIterator]: () => ({ next }) });
    await markToMarket({ ...parts, signal: abort.signal }).catch((error: { code: string }) =>
      console.log(error.code),
    );
  },

  async 'hanging save'() {
    const parts = await setUp();
    const marking = await markToMarket(parts);
    parts.repository.hangs = true;
    await until('a save hangs', () => parts.repository.hanging > 0);
    await marking.close({ timeoutMs: 100 });
    console.log('closed');
  },

  async 'hanging publish'() {
    const bus = new Bus();
    const marking = await markToMarket({ ...(await setUp()), bus });
    for (const type of ['tickmark.portfolios.valued', 'tickmark.prices.changed']) {
      bus.hangs = type;
      await until('publish() hangs', () => bus.hanging.has(type));
    }
    await marking.close({ timeoutMs: 100 });
    console.log('closed');
  },

  async 'hanging disconnect'() {
    const parts = await setUp();
    const disconnect = parts.stream.disconnect.bind(parts.stream);
    parts.stream.disconnect = () => disconnect().then(never);
    const marking = await markToMarket(parts);
    await marking.close({ timeoutMs: 100 });
    console.log('closed');
  },

  async 'everything fails'() {
    const parts = await setUp();
    let booms = 0;
    const boom = () => {
      booms++;
      return Promise.reject(new Error('boom'));
    };
    const throws = () => {
      throw new Error('callback');
    };
    const marking = await markToMarket({ ...parts, onError: throws, onProgress: throws });
    marking.onValued(throws);
    parts.repository.saveValuations = boom;
    parts.repository.savePrices = boom;
    parts.repository.loadMany = boom;
    await marking.update('p1', (held) => held.buy('NEW', 1, 100));
    parts.stream.subscribe = boom;
    parts.stream.disconnect = boom;
    marking.bus.publish = boom;
    const before = booms;
    await until('much fails', () => booms > before + 5);
    await marking.close({ timeoutMs: 100 });
    // The stream would not disconnect; it is the test that lets go of it.
    delete (parts.stream as { disconnect?: unknown }).disconnect;
    await parts.stream.disconnect();
    console.log('closed');
  },
};

// Both pipes are opened when they are first looked at.
void [process.stdout, process.stderr];
const before = process.getActiveResourcesInfo();
await jobs[process.argv[2]!]!();
// One turn, for what has been cleared to be taken off.
await new Promise((resolve) => setImmediate(resolve));
const left = process.getActiveResourcesInfo();
for (const known of [...before, 'Immediate']) {
  const at = left.indexOf(known);
  if (at >= 0) left.splice(at, 1);
}
console.log(`left: ${left.join(', ') || 'nothing'}`);
