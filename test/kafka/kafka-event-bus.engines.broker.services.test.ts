import { describe, expect, test } from 'vitest';
import { MarkToMarketEngine } from 'tickmark/parts';
import {
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  PORTFOLIOS_VALUED,
  Portfolio,
  markToMarket,
  type PortfolioValuedEvent,
} from 'tickmark';
import { KafkaEventBus, type KafkaEventBusOptions } from '../../src/kafka/index.js';
import { freshName } from '../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../servers/kafka-broker.js';
import { until } from '../waiting.js';
import { UNHURRIED, busClients } from './bus-clients.js';

const server = await kafkaServer();
const IDS = Array.from({ length: 20 }, (_, n) => `desk ${n}`);

describe.skipIf(!server)('engines over a KafkaEventBus', { concurrent: true }, () => {
  test.each([
    ['packed', 'json'],
    ['packed', 'compact'],
    ['each', 'json'],
  ] as const)('two processes and a reader agree (%s, %s)', async (values, encoding) => {
    const prefix = freshName('bus');
    const options: KafkaEventBusOptions = { prefix, values, encoding, ...UNHURRIED };
    const buses = [0, 1, 2].map(() => new KafkaEventBus(busClients(server!).clients, options));
    const [bus, second, reader] = buses as [KafkaEventBus, KafkaEventBus, KafkaEventBus];
    const heard = new Map<string, PortfolioValuedEvent>();
    const versionsOf = { one: new Set<string>(), two: new Set<string>() };
    reader.subscribe(PORTFOLIOS_VALUED, (batch) => {
      for (const event of batch) {
        heard.set(event.portfolioId, event);
        versionsOf[batch.id.startsWith('two') ? 'two' : 'one'].add(`${event.portfolioId}@${event.version}`);
      }
    });

    const repository = new InMemoryPortfolioRepository();
    for (const id of IDS) {
      const position = { symbol: 'ACME', quantity: 10, averageCost: 180 };
      await repository.save(Portfolio.create({ id, currency: 'USD', positions: [position] }));
    }
    // Nothing is polled: changes of holdings come over the bus.
    const shared = { repository, holdingsPollMs: 600_000 };
    const stream = new MockPriceStreamAdapter({
      symbols: { ACME: { startPrice: 184, intervalMs: 20 } },
      volatility: 4,
    });
    const engine = new MarkToMarketEngine({ bus: second, name: 'two', ...shared });
    await engine.start();
    const marking = await markToMarket({ stream, bus, ...shared });
    await until('values of all portfolios', () => heard.size === IDS.length);

    await marking.update('desk 3', (holdings) => holdings.buy('ACME', 5, '184.50'));
    await until('both value the new holdings', () =>
      [versionsOf.one, versionsOf.two].every((versions) => versions.has('desk 3@2')),
    );
    await stream.disconnect();
    const agree = (id: string): boolean => {
      const value = String(marking.value(id)?.marketValue);
      return (
        value === String(engine.book.value(id)?.marketValue) && value === String(heard.get(id)?.marketValue)
      );
    };
    await until('all three have the same values', () => IDS.every(agree));
    expect(buses.map((each) => each.stats().lost)).toEqual([0, 0, 0]);
    expect(buses.map((each) => each.stats().malformed)).toEqual([0, 0, 0]);
    await Promise.all([marking.close(), engine.close()]);
    await Promise.all(buses.map((each) => each.close()));
  });
});
