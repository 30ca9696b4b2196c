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

process.on('unhandledRejection', (reason) => {
  console.log(`unhandled rejection: ${String(reason)}`);
  process.exitCode = 3;
});

const never = () => new Promise<never>(() => undefined);

class Store extends InMemoryPortfolioRepository {
  hangs = false;
  override saveValuations(...args: Parameters<PortfolioRepository['saveValuations']>) {
    return this.hangs ? never() : super.saveValuations(...args);
  }
}

class Bus extends InMemoryEventBus {
  hangs = '';
  override publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    return this.hangs !== '' && (events as DomainEvent).type === this.hangs ? never() : super.publish(events);
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

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const jobs: Record<string, () => Promise<void>> = {
  /** The main job: run for a while, trade, close. */
  async close() {
    const parts = await setUp();
    const marking = await markToMarket(parts);
    let values = 0;
    marking.onValued((batch) => void (values += batch.length));
    await pause(300);
    await marking.update('p1', (held) => held.buy('A', 1, 100));
    await marking.close();
    const { engine } = marking.stats();
    console.log(
      JSON.stringify({ valued: values > 0, unsaved: engine.unsaved, portfolios: engine.portfolios }),
    );
  },

  async using() {
    await using marking = await markToMarket(await setUp());
    await pause(100);
    console.log(marking.stats().engine.portfolios);
  },

  async 'own lock and bus'() {
    const lock = new InMemoryLock();
    const bus = new InMemoryEventBus();
    const marking = await markToMarket({ ...(await setUp()), lock, bus });
    await pause(300);
    await marking.close();
    console.log(JSON.stringify({ held: lock.stats().held, subscriptions: bus.stats().subscriptions }));
  },

  async 'failed start'() {
    const parts = await setUp();
    parts.stream.connect = () => Promise.reject(new Error('no venue'));
    await markToMarket(parts).catch((error: Error) => console.log(error.message));
  },

  async 'aborted start'() {
    const parts = await setUp();
    parts.repository.stream = () => ({ [Symbol.asyncIterator]: () => ({ next: never }) });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    await markToMarket({ ...parts, signal: abort.signal }).catch((error: { code: string }) =>
      console.log(error.code),
    );
  },

  async 'hanging save'() {
    const parts = await setUp();
    const marking = await markToMarket(parts);
    parts.repository.hangs = true;
    await pause(300);
    await marking.close({ timeoutMs: 100 });
    console.log('closed');
  },

  async 'hanging publish'() {
    const bus = new Bus();
    const marking = await markToMarket({ ...(await setUp()), bus });
    bus.hangs = 'tickmark.portfolios.valued';
    await pause(100);
    bus.hangs = 'tickmark.prices.changed';
    await pause(100);
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
    const boom = () => Promise.reject(new Error('boom'));
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
    await pause(300);
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
