import { describe, expect, test } from 'vitest';
import { TickmarkError } from '../../../src/core/errors.js';
import {
  PORTFOLIOS_VALUED,
  type PortfolioValuedBatch,
} from '../../../src/core/engine/portfolio-valued-event.js';
import { EngineWorld, START, portfolio, price } from './engine-world.js';

const WHALE = 'w'.repeat(50);
const many = (count: number) => Array.from({ length: count }, (_, at) => portfolio(`p${at}`, { A: at + 1 }));

// The bus takes messages whose ids have at most 120 characters in total.
async function limited(count: number, more: Parameters<typeof EngineWorld.of>[0] = []) {
  const world = await EngineWorld.of([...many(count), ...more]);
  const refused: number[] = [];
  const publish = world.bus.publish.bind(world.bus);
  world.bus.publish = async (events) => {
    const batch = events as unknown as PortfolioValuedBatch;
    if (batch.type === PORTFOLIOS_VALUED) {
      const length = batch.portfolios.reduce((sum, { id }) => sum + (id === WHALE ? 1000 : id.length), 0);
      if (length > 120) {
        refused.push(batch.length);
        throw new TickmarkError('MESSAGE_TOO_LARGE', 'too large');
      }
    }
    return publish(events);
  };
  world.batches.length = 0;
  return { world, refused };
}

describe('a message of values that is too large for the bus', () => {
  test('is published in several messages at once, each portfolio with its newest value', async () => {
    const { world, refused } = await limited(100);
    await world.tick(price('A', 2));
    await world.clock.advance(1000);
    const told = new Map(
      world.batches.flatMap((batch) => [...batch]).map((each) => [each.portfolioId, each]),
    );
    expect(told.size).toBe(100);
    expect(told.get('p99')!.marketValue!.toString()).toBe('200.00');
    expect(refused).toEqual([100, 50]);
    expect(world.codes()).toEqual([]);
    expect(world.engine.stats()).toMatchObject({ unpublished: 0, publishRetries: 0, unsendable: 0 });
    await world.tick(price('A', 3, START + 1));
    expect(refused).toEqual([100, 50]);
  });

  test('leaves out a value that is too large alone, which is reported once and counted, until its holdings change', async () => {
    const { world, refused } = await limited(30, [portfolio(WHALE, { A: 1 })]);
    for (let round = 0; round < 3; round++) {
      await world.tick(price('A', 2 + round, START + round));
      await world.clock.advance(1000);
    }
    expect(world.events('p29').at(-1)!.marketValue!.toString()).toBe('120.00');
    expect(world.events(WHALE)).toEqual([]);
    expect(world.engine.stats()).toMatchObject({ unpublished: 0, unsendable: 1 });
    expect(world.errors.map(({ code, message, retryable }) => [code, message, retryable])).toEqual([
      [
        'MESSAGE_TOO_LARGE',
        `The value of portfolio "${WHALE}" (version 1) cannot be sent: it is too large even for a message of its own. It is skipped.`,
        false,
      ],
    ]);
    // All others are published in one message again.
    expect(world.batches.at(-1)!.length).toBe(30);
    const before = refused.length;
    await world.editor.update(WHALE, (held) => held.buy('A', 1, 1));
    await world.clock.advance(1000);
    expect(refused.length).toBe(before + 1);
    expect(world.errors).toHaveLength(2);
  });
});
