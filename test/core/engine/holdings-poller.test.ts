import { describe, expect, test } from 'vitest';
import { EngineWorld, portfolio, price } from './engine-world.js';
import { down, losing } from './scripted-parts.js';
import { HOLDINGS_CHANGED } from '../../../src/core/portfolio/holdings-changed-event.js';

// It never saves, like an engine that waits for the lock, so no conflict reports the change.
async function deaf() {
  const world = await EngineWorld.of([portfolio('p', { A: 1 }), portfolio('q', { A: 1 })], {
    persistMs: 1_000_000,
  });
  world.bus.scripts.set(HOLDINGS_CHANGED, losing);
  await world.tick(price('A', 1));
  return world;
}

describe('an engine that gets no event about a change of holdings', () => {
  test('finds it in the store, values and publishes it, and counts it', async () => {
    const world = await deaf();
    await world.editor.update('p', (held) => held.buy('A', 1, 1));
    await world.editor.create(portfolio('r', { A: 5 }));
    await world.editor.delete('q', 1);
    await world.clock.advance(2000);
    await world.clock.settle();
    const value = (id: string) => world.engine.value(id)?.marketValue?.toString();
    expect([value('p'), value('q'), value('r')]).toEqual(['2.00', undefined, '5.00']);
    expect(world.events('p').at(-1)!.marketValue!.toString()).toBe('2.00');
    expect(world.engine.stats()).toMatchObject({ discoveredHoldings: 3 });
    await world.clock.advance(10_000);
    expect(world.engine.stats()).toMatchObject({ discoveredHoldings: 3, reloads: 2 });
  });

  test('does not load holdings again that an event has announced', async () => {
    const world = await EngineWorld.of([portfolio('p', { A: 1 })]);
    await world.editor.update('p', (held) => held.buy('A', 1, 1));
    await world.clock.advance(10_000);
    expect(world.engine.stats()).toMatchObject({ discoveredHoldings: 0, reloads: 1 });
  });

  test('continues polling while the store is down, and reports that once', async () => {
    const world = await deaf();
    const { repository } = world;
    const answer = repository.changesSince.bind(repository);
    repository.changesSince = () => down(async () => answer(null));
    await world.editor.update('p', (held) => held.buy('A', 1, 1));
    await world.clock.advance(20_000);
    expect(world.errors.filter(({ message }) => message.includes('Polling for changes'))).toHaveLength(1);
    repository.changesSince = answer;
    await world.clock.advance(2000);
    expect(world.engine.value('p')!.version).toBe(2);
  });

  test('reads all portfolios if the store cannot list changes or was reset', async () => {
    const world = await deaf();
    const { repository } = world;
    await world.editor.update('p', (held) => held.buy('A', 1, 1));
    repository.changesSince = async () => ({ cursor: 'x', portfolios: [], isReset: true });
    await world.clock.advance(2000);
    expect(world.engine.value('p')!.version).toBe(2);
    const plain = new EngineWorld();
    await plain.repository.save(portfolio('p', { A: 1 }));
    plain.repository.changesSince = undefined as never;
    await plain.start();
    await plain.repository.save(portfolio('p', { A: 2 }).withVersion(1));
    await plain.clock.advance(2000);
    expect(plain.engine.value('p')!.version).toBe(2);
  });

  test('does not poll after close()', async () => {
    const world = await deaf();
    const closing = world.engine.close();
    await world.clock.advance(1000);
    await closing;
    expect(world.clock.pending).toBe(0);
  });
});
