import { expect, test } from 'vitest';
import { InMemoryEventBus, InMemoryPortfolioRepository, PORTFOLIOS_VALUED, Portfolio } from 'tickmark';
import { PriceChangedBatch } from 'tickmark';
import { MarkToMarketEngine, PORTFOLIOS_FOLLOWED } from 'tickmark/parts';
import { FakeClock } from 'tickmark/conformance';
import { Gateway, repositoryValues } from 'tickmark/gateway';
import { StreamReader } from './rig/stream-reader.js';

const HISTORY_MS = 60_000;

test("readers of any gateway get the values of engines with publish: 'followed', which publish nothing else", async () => {
  const clock = new FakeClock();
  const bus = new InMemoryEventBus({ clock });
  const repository = new InMemoryPortfolioRepository();
  const positions = [{ symbol: 'A', quantity: 1, averageCost: 10 }];
  for (const id of ['p', 'q', 'r'])
    await repository.save(Portfolio.create({ id, currency: 'USD', positions, cash: { USD: 1 } }));
  const engine = new MarkToMarketEngine({ bus, repository, clock, publish: 'followed' });
  const starting = engine.start();
  await clock.advance(100);
  await starting;
  const published: string[] = [];
  bus.subscribe(PORTFOLIOS_VALUED, (batch) => void published.push(...batch.portfolios.map(({ id }) => id)));
  const announced: string[] = [];
  bus.subscribe(PORTFOLIOS_FOLLOWED, ({ portfolioIds }) => void announced.push(...portfolioIds));
  const tick = async (price: number): Promise<void> => {
    const timestamp = clock.now();
    await bus.publish(PriceChangedBatch.ofUpdates([{ symbol: 'A', price, timestamp }], timestamp));
    await clock.advance(1000);
  };
  const gatewayOf = (): Gateway =>
    new Gateway({
      bus,
      values: repositoryValues(repository),
      authenticate: () => ({ subject: 'anyone' }),
      authorize: () => true,
      allowMissingOrigin: true,
      historyMs: HISTORY_MS,
      clock,
    });
  const gateways = [gatewayOf(), gatewayOf()];
  const open = async (gateway: Gateway, id: string): Promise<[StreamReader, AbortController]> => {
    const leaving = new AbortController();
    const request = new Request(`http://x/?topic=portfolio:${id}`, { signal: leaving.signal });
    const response = gateway.handle(request);
    await clock.advance(10);
    const reader = new StreamReader(await response);
    while (reader.of('snapshot').length === 0) await reader.readOne();
    return [reader, leaving];
  };
  const newest = async (reader: StreamReader): Promise<unknown> => {
    await clock.advance(100);
    while (reader.of('update').length === 0) await reader.readOne();
    return reader.of('update').at(-1)!.portfolios![0]!.marketValue;
  };

  await tick(20);
  expect(published).toEqual([]);
  const [first, leaving] = await open(gateways[0]!, 'p');
  const [second] = await open(gateways[1]!, 'q');
  expect(announced).toEqual(['p', 'q']);
  await tick(21);
  expect(await newest(first)).toBe('21.00');
  expect(await newest(second)).toBe('21.00');
  expect(new Set(published)).toEqual(new Set(['p', 'q']));

  // Its last reader leaves: it is followed for `historyMs`, and published until engines have not heard of it for 30 s.
  leaving.abort();
  await clock.advance(HISTORY_MS + 45_000);
  await open(gateways[1]!, 'q');
  published.length = 0;
  await tick(22);
  expect(published).toEqual(['q']);

  const closing = gateways.map((gateway) => gateway.close());
  await clock.advance(5000);
  await Promise.all(closing);
  announced.length = 0;
  await clock.advance(30_000);
  expect(announced).toEqual([]);
});
