import { expect, test } from 'vitest';
import {
  InMemoryEventBus,
  InMemoryPortfolioRepository,
  MockPriceStreamAdapter,
  PORTFOLIOS_VALUED,
  Portfolio,
  markToMarket,
} from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { FakeClock } from 'tickmark/conformance';
import { Gateway } from 'tickmark/gateway';
import { StreamReader } from './rig/stream-reader.js';

const FRAME_MS = 50;

test('a fill reaches every engine and a page with the next frame, in one message', async () => {
  const clock = new FakeClock();
  const bus = new InMemoryEventBus({ clock });
  const repository = new InMemoryPortfolioRepository();
  const positions = [{ symbol: 'A', quantity: 1, averageCost: 10 }];
  await repository.save(Portfolio.create({ id: 'p', currency: 'USD', positions, cash: { USD: 1000 } }));
  const stream = new MockPriceStreamAdapter({ clock, intervalMs: 0 });
  const starting = markToMarket({ bus, repository, clock, stream, lock: null });
  await clock.advance(100);
  const marking = await starting;
  const other = new MarkToMarketEngine({ bus, repository, clock });
  const startingOther = other.start();
  await clock.advance(100);
  await startingOther;
  const gateway = new Gateway({
    bus,
    values: marking.engine,
    authenticate: () => ({ subject: 'anyone' }),
    authorize: () => true,
    allowMissingOrigin: true,
    clock,
    intervalMs: FRAME_MS,
  });
  stream.emit({ symbol: 'A', price: 20, timestamp: clock.now() });
  await clock.advance(1000);
  const response = gateway.handle(new Request('http://x/?topic=portfolio:p&topic=positions:p'));
  await clock.advance();
  const reader = new StreamReader(await response);
  while (reader.of('snapshot').length === 0) await reader.readOne();
  let batches = 0;
  bus.subscribe(PORTFOLIOS_VALUED, () => void batches++);

  const fill = { id: 'f', at: clock.now(), type: 'buy', symbol: 'A', quantity: 2, price: 15 } as const;
  const booking = marking.book('p', [fill]);
  await clock.advance();
  await booking;
  for (const engine of [marking.engine, other]) {
    expect(String(engine.value('p')!.positions[0]!.quantity)).toBe('3');
    expect(String(engine.value('p')!.equity)).toBe('1030.00');
  }
  // One batch of each engine.
  expect(batches).toBe(2);
  await clock.advance(FRAME_MS);
  while (reader.of('update').length === 0) await reader.readOne();
  expect(reader.of('update')).toHaveLength(1);
  const { portfolios, positions: changed } = reader.last('update');
  expect(portfolios).toMatchObject([{ id: 'p', equity: '1030.00' }]);
  expect(changed![0]!.rows).toMatchObject([{ symbol: 'A', quantity: '3', marketValue: '60.00' }]);

  await reader.cancel();
  for (const closing of [gateway.close(), marking.close(), other.close()]) {
    await clock.advance(5000);
    await closing;
  }
});
