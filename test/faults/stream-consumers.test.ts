import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { TickmarkError } from 'tickmark';
import { RedisStreamEventBus } from 'tickmark/redis';
import { afterAll, describe, expect, test } from 'vitest';
import { sized } from '../sizes.js';
import { redisServer } from '../servers/redis.js';
import { worker, type Worker } from '../servers/worker.js';
import { pause } from '../waiting.js';
import type { ConsumerMessage } from './effects-worker.js';
import { printFigure } from './figures.js';
import { EFFECT, streamOptions, type EffectEvent } from './effects.js';

const CONSUMERS = 4;
const { events: EVENTS, killEveryMs: KILL_EVERY_MS } = sized({
  quick: { events: 2_000, killEveryMs: 500 },
  gate: { events: 10_000, killEveryMs: 1_000 },
  full: { events: 100_000, killEveryMs: 2_000 },
});
// However fast the machine.
const FEWEST_KILLS = sized({ quick: 1, full: 3 });
const BATCH = 200;
// However slow the machine, something must become of the events all the time.
const STUCK_AFTER_MS = 120_000;

type Consumer = Worker<'consume' | 'stop', ConsumerMessage>;

const server = await redisServer();

function effect(at: number): EffectEvent {
  return {
    type: EFFECT,
    id: `e${at}`,
    occurredAt: at,
    amount: (at * 7919) % 1000,
    isPoisoned: at % 100 === 17,
  };
}

describe.skipIf(!server)(
  `${EVENTS} events for ${CONSUMERS} consumers, one killed every ${KILL_EVERY_MS} ms`,
  () => {
    const place = { redisUrl: server?.url ?? '', prefix: `faults-${randomBytes(6).toString('hex')}:` };
    const redis = new Redis(place.redisUrl, { lazyConnect: true });
    const started = new Set<Consumer>();
    const consumers = new Set<Consumer>();

    afterAll(async () => {
      for (const each of started) await each.kill();
      for await (const found of redis.scanStream({ match: `*${place.prefix}*`, count: 1000 }))
        if ((found as string[]).length > 0) await redis.del(...(found as string[]));
      redis.disconnect();
    });

    test('no event is lost, each takes effect once, and the poisoned ones end in the dead-letter stream', async () => {
      const program = new URL('effects-worker.ts', import.meta.url);
      const start = async () => {
        const consumer: Consumer = worker(program, place);
        started.add(consumer);
        expect(await consumer.next()).toBe('ready');
        return consumer;
      };
      const enter = async (consumer: Consumer) => {
        consumer.send('consume');
        expect(await consumer.next()).toBe('consuming');
        consumers.add(consumer);
      };
      await Promise.all(Array.from({ length: CONSUMERS }, async () => enter(await start())));

      const events = Array.from({ length: EVENTS }, (_, at) => effect(at));
      const healthy = events.filter(({ isPoisoned }) => !isPoisoned);
      const poisoned = events.filter(({ isPoisoned }) => isPoisoned).map(({ id }) => id);
      const publisher = new Redis(place.redisUrl);
      const bus = new RedisStreamEventBus(publisher, { ...streamOptions(place) });
      const startedAt = performance.now();
      // What may not have been taken is published again, under the same ids.
      const publish = async (batch: readonly EffectEvent[]): Promise<void> => {
        await bus.publish(batch).catch(async (error: TickmarkError) => {
          if (!error.retryable) throw error;
          // A bus whose link is broken refuses at once: asked again at once and for ever, it would never get to mend it.
          await pause(50);
          await publish(batch);
        });
      };
      const publishing = (async () => {
        for (let at = 0; at < EVENTS; at += BATCH) await publish(events.slice(at, at + BATCH));
      })();

      const applied = () => redis.scard(`${place.prefix}ids`);
      const dead = async () => new Set(await deadLetters(redis, place.prefix));
      const buried = () => redis.xlen(`{${place.prefix}bus}:dead`);
      let kills = 0;
      let starting = start();
      let done = 0;
      let doneAt = performance.now();
      for (let killAt = performance.now() + KILL_EVERY_MS; ; await pause(50)) {
        const [effects, letters] = [await applied(), await buried()];
        if (
          effects === healthy.length &&
          letters >= poisoned.length &&
          (await dead()).size === poisoned.length
        )
          break;
        if (effects + letters > done) [done, doneAt] = [effects + letters, performance.now()];
        if (performance.now() - doneAt > STUCK_AFTER_MS)
          throw new Error(`Nothing happens, with ${effects} of ${healthy.length} effects made`);
        const isDue =
          performance.now() >= killAt ||
          (kills < FEWEST_KILLS && effects > ((kills + 1) * healthy.length) / (FEWEST_KILLS + 1));
        if (!isDue || effects === healthy.length) continue;
        const [victim] = consumers;
        await victim!.kill();
        consumers.delete(victim!);
        kills++;
        await enter(await starting);
        starting = start();
        killAt = Math.max(killAt, performance.now() - KILL_EVERY_MS) + KILL_EVERY_MS;
      }
      await publishing;
      await (await starting).kill();
      const seconds = (performance.now() - startedAt) / 1000;
      const repeats = Number((await redis.get(`${place.prefix}repeats`)) ?? 0);
      printFigure(
        `${kills} kills in ${seconds.toFixed(1)} s; ${repeats} effects were asked for again and not made twice`,
      );
      expect(kills).toBeGreaterThanOrEqual(FEWEST_KILLS);
      const sum = healthy.reduce((total, { amount }) => total + amount, 0);
      expect(Number(await redis.get(`${place.prefix}total`))).toBe(sum);
      expect((await redis.smembers(`${place.prefix}ids`)).sort()).toEqual(healthy.map(({ id }) => id).sort());
      expect([...(await dead())].sort()).toEqual(poisoned.sort());
      if (bus.stats().rejected === 0) expect(await buried()).toBe(poisoned.length);

      for (const each of consumers) {
        each.send('stop');
        expect(await each.next()).toBe('stopped');
      }
      await bus.close();
      publisher.disconnect();
    });
  },
);

/** Ids of the events in the dead-letter stream. */
async function deadLetters(redis: Redis, prefix: string): Promise<string[]> {
  const entries = await redis.xrange(`{${prefix}bus}:dead`, '-', '+');
  return entries.map(([, fields]) => fields[fields.indexOf('id') + 1]!);
}
