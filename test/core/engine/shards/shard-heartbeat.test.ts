import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import { ShardHeartbeat } from '../../../../src/core/engine/shards/shard-heartbeat.js';
import {
  SHARDS_OWNED,
  type ShardsOwnedEvent,
} from '../../../../src/core/engine/shards/shards-owned-event.js';
import type { TickmarkError } from '../../../../src/core/errors.js';
import { EventIds } from '../../../../src/core/messaging/event-ids.js';
import { ScriptedBus, down } from '../scripted-parts.js';

function heartbeat() {
  const clock = new FakeClock();
  const bus = new ScriptedBus({ clock });
  const heard: ShardsOwnedEvent[] = [];
  bus.subscribe(SHARDS_OWNED, (event) => void heard.push(event));
  const errors: TickmarkError[] = [];
  const state = { shardCount: 4, loaded: [1], loading: [2] };
  const part = new ShardHeartbeat({
    bus,
    clock,
    ids: new EventIds('engine', () => 0.5),
    onError: (error) => void errors.push(error),
    everyMs: 250,
    owned: () => ({ ...state }),
  });
  return { clock, bus, heard, errors, state, part };
}

describe('ShardHeartbeat', () => {
  test('says what is owned at an interval, numbered, under one name', async () => {
    const { clock, heard, part } = heartbeat();
    part.start();
    await clock.advance(999);
    expect(heard).toHaveLength(4);
    expect(heard.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(new Set(heard.map(({ owner }) => owner)).size).toBe(1);
    expect(heard[0]).toMatchObject({ format: 1, shardCount: 4, loaded: [1], loading: [2] });
  });

  test('says a change at once, and goes on from there', async () => {
    const { clock, heard, state, part } = heartbeat();
    part.start();
    await clock.advance(100);
    state.loaded = [1, 2];
    part.beat();
    await clock.settle();
    expect(heard.map(({ loaded }) => loaded)).toEqual([[1], [1, 2]]);
    await clock.advance(249);
    expect(heard).toHaveLength(2);
    await clock.advance(1);
    expect(heard).toHaveLength(3);
  });

  test('sends nothing while the bus has not taken the last event, and then what is owned by then', async () => {
    const { clock, bus, heard, state, part } = heartbeat();
    let release = (): void => undefined;
    bus.scripts.set(SHARDS_OWNED, async (proceed) => {
      const result = proceed();
      await new Promise<void>((resolve) => (release = resolve));
      return result;
    });
    part.start();
    await clock.advance(2_000);
    expect(heard).toHaveLength(1);
    state.loaded = [3];
    release();
    await clock.settle();
    expect(heard.map(({ loaded }) => loaded)).toEqual([[1], [3]]);
    bus.scripts.delete(SHARDS_OWNED);
    release();
    await clock.advance(250);
    expect(heard).toHaveLength(3);
  });

  test('reports each outage of the bus once', async () => {
    const { clock, bus, errors, part } = heartbeat();
    part.start();
    for (let outage = 1; outage <= 2; outage++) {
      bus.scripts.set(SHARDS_OWNED, down);
      await clock.advance(2_000);
      expect(errors.map(({ code }) => code)).toEqual(Array(outage).fill('BUS_FAILED'));
      bus.scripts.delete(SHARDS_OWNED);
      await clock.advance(500);
    }
    expect(errors[0]!.message).toContain('standbys take them over');
  });

  test('says nothing before it starts and after it has stopped, and leaves no timer', async () => {
    const { clock, heard, part } = heartbeat();
    part.beat();
    await clock.advance(1_000);
    expect(heard).toEqual([]);
    part.start();
    await clock.settle();
    part.stop();
    part.beat();
    await clock.advance(1_000);
    expect(heard).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
