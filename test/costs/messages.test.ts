import { expect, test } from 'vitest';
import {
  InMemoryEventBus,
  InMemoryPortfolioRepository,
  markToMarket,
  MockPriceStreamAdapter,
  Portfolio,
  PORTFOLIOS_VALUED,
  PRICES_CHANGED,
  type DomainEvent,
  type ValuationRecord,
} from 'tickmark';
import { FakeClock } from 'tickmark/conformance';
import { seededRandom } from '../../src/core/random.js';
import { EventCodecs } from '../../src/core/messaging/event-codec.js';
import { knownCodecs } from '../../src/core/engine/known-codecs.js';

const SYMBOLS = 900;
/** Default of the processor. */
const BATCH_SIZE = 100;
const PORTFOLIOS = 2000;
const HELD = 10;
const NOW = 1_700_000_000_000;

/** A bus that notes what is published. */
class CountedBus extends InMemoryEventBus {
  readonly published: DomainEvent[] = [];

  override publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    this.published.push(...[events].flat());
    return super.publish(events);
  }

  count(type: string): number {
    return this.published.filter((event) => event.type === type).length;
  }
}

/** A repository that counts its calls. */
class CountedRepository extends InMemoryPortfolioRepository {
  readonly sizes: number[] = [];

  override saveValuations(valuations: readonly ValuationRecord[]) {
    this.sizes.push(valuations.length);
    return super.saveValuations(valuations);
  }
}

async function marked() {
  const random = seededRandom(5);
  const clock = new FakeClock({ now: NOW });
  const stream = new MockPriceStreamAdapter({ clock, intervalMs: 0 });
  const bus = new CountedBus({ clock });
  const repository = new CountedRepository({ clock });
  await repository.saveMany(
    Array.from({ length: PORTFOLIOS }, (_, number) =>
      Portfolio.create({
        id: `p${number}`,
        currency: 'USD',
        positions: Array.from({ length: HELD }, (_, at) => ({
          symbol: `S${(number * 7 + at * 31) % SYMBOLS}`,
          quantity: Math.ceil(random() * 100_000) / 100,
          averageCost: 100,
        })),
      }),
    ),
  );
  const starting = markToMarket({ stream, repository, bus, clock, persistMs: 200 });
  await clock.advance(100);
  const marking = await starting;
  const cents = (): number => Math.ceil(random() * 100_000) / 100;
  const price = (round: number): void => {
    for (let number = 0; number < SYMBOLS; number++)
      stream.emit({ symbol: `S${number}`, price: cents(), timestamp: NOW + round });
  };
  return { clock, bus, repository, marking, price };
}

test('of ten prices of a symbol that arrive together one is sent, a hundred symbols in a message; values follow in one message each, and are saved in sets', async () => {
  const { clock, bus, repository, marking, price } = await marked();
  price(0);
  await clock.advance(1000);
  bus.published.length = 0;
  repository.sizes.length = 0;
  // Ten prices of each symbol, one newer than the other, before anything else can run.
  for (let round = 1; round <= 10; round++) price(round);
  await clock.advance(1000);
  expect(bus.count(PRICES_CHANGED)).toBe(SYMBOLS / BATCH_SIZE);
  expect(bus.count(PORTFOLIOS_VALUED)).toBe(SYMBOLS / BATCH_SIZE);
  expect(repository.sizes).toEqual([500, 500, 500, 500]);
  const closing = marking.close();
  await clock.advance(1000);
  await closing;
});

test('a price and a value take so many bytes on a bus', async () => {
  const { clock, bus, marking, price } = await marked();
  price(1);
  await clock.advance(1000);
  const bytes: Record<string, number> = {};
  const rows: Record<string, number> = {};
  for (const encoding of ['json', 'compact'] as const) {
    const codecs = new EventCodecs({ codecs: knownCodecs(), encoding });
    for (const type of [PRICES_CHANGED, PORTFOLIOS_VALUED] as const)
      bus.subscribe(type as typeof PRICES_CHANGED, (batch) => {
        const message = codecs.encode(batch, { source: 'costs', sequence: null });
        const name = `${type} ${encoding}`;
        const size = typeof message === 'string' ? Buffer.byteLength(message) : message.byteLength;
        bytes[name] = (bytes[name] ?? 0) + size;
        rows[name] = (rows[name] ?? 0) + batch.length;
      });
  }
  // Every portfolio is complete by now.
  price(2);
  await clock.advance(1000);
  const each = Object.fromEntries(Object.keys(rows).map((name) => [name, bytes[name]! / rows[name]!]));
  // What a name, a number and a few flags take, side by side in columns.
  expect(each[`${PRICES_CHANGED} json`]).toBeLessThan(32);
  expect(each[`${PRICES_CHANGED} compact`]).toBeLessThan(28);
  // All totals of a portfolio; those that are the same as the ones before are left out.
  expect(each[`${PORTFOLIOS_VALUED} json`]).toBeLessThan(38);
  expect(each[`${PORTFOLIOS_VALUED} compact`]).toBeLessThan(23);
  const closing = marking.close();
  await clock.advance(1000);
  await closing;
});
