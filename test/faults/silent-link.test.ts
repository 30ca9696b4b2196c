import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { BUS_GAP, type BusGapEvent, type DomainEvent } from 'tickmark';
import { RedisPubSubEventBus, type RedisClient } from 'tickmark/redis';
import { describe, expect, test } from 'vitest';
import { isLong } from '../sizes.js';
import { redisServer } from '../servers/redis.js';
import { tcpProxy } from '../servers/tcp-proxy.js';
import { Starvation } from './starvation.js';
import { pause, until } from './waiting.js';

const LINKS = isLong ? 50 : 6;
const FOUND_WITHIN_MS = 3_000;
const BACK_WITHIN_MS = 5_000;
const PUBLISH_WITHIN_MS = 1_000;
const SETTLED_WITHIN_MS = 60_000;
// A process that stood still for that long may have missed the answer to a ping.
const HARMLESS_STALL_MS = 1_000;
const BEAT_MS = 50;

const server = await redisServer();

interface Beat extends DomainEvent {
  readonly type: 'fault.beat';
}

async function connected(library: string, port: number): Promise<{ client: RedisClient; end: () => void }> {
  if (library === 'ioredis') {
    const client = new Redis({ host: '127.0.0.1', port });
    client.on('error', () => undefined);
    return { client, end: () => client.disconnect() };
  }
  const client = createClient({ socket: { host: '127.0.0.1', port } });
  client.on('error', () => undefined);
  await client.connect();
  return { client: client as RedisClient, end: () => client.destroy() };
}

const isAccepted = ({ outcome }: { outcome: string }) => outcome === 'accepted';

/** One bus on a link of its own, and what it heard. */
async function listen(library: string, prefix: string) {
  const proxy = await tcpProxy(server!);
  const { client, end } = await connected(library, proxy.port);
  const heard: Array<{ event: Beat; at: number }> = [];
  const gaps: BusGapEvent[] = [];
  const downs: number[] = [];
  // The link that subscribes; the one that publishes has been told of by what is published.
  const onError = ({ message }: Error) => void (message.includes('subscribing') && downs.push(Date.now()));
  const bus = new RedisPubSubEventBus(client, { prefix, onError });
  bus.subscribe<Beat>('fault.beat', (event) => void heard.push({ event, at: Date.now() }));
  bus.subscribe(BUS_GAP, (gap) => void gaps.push(gap));
  const close = async () => {
    await bus.close();
    end();
    await proxy.close();
  };
  // Tells what became of it, and when.
  const publish = async () => {
    const from = Date.now();
    const outcome = await bus.publish({ type: 'fault.other', id: 'any', occurredAt: Date.now() }).then(
      () => 'accepted',
      ({ code }: { code: string }) => code,
    );
    return { outcome, from, to: Date.now() };
  };
  return { proxy, heard, gaps, downs, publish, close };
}

describe.skipIf(!server)(`a link that holds packets and closes nothing, ${LINKS} at once`, () => {
  test.concurrent.each(['ioredis', 'node-redis'])('is found and replaced in time; %s', async (library) => {
    const starvation = new Starvation();
    const prefix = `faults-silent-${library}-${process.pid}`;
    const publisher = await connected(library, server!.port);
    const source = new RedisPubSubEventBus(publisher.client, { prefix });
    const buses = await Promise.all(Array.from({ length: LINKS }, () => listen(library, prefix)));
    const sent: Beat[] = [];
    let isBeating = true;
    const beating = (async () => {
      while (isBeating) {
        const beat: Beat = { type: 'fault.beat', id: String(sent.length), occurredAt: Date.now() };
        await source.publish(beat).then(
          () => sent.push(beat),
          () => undefined,
        );
        await pause(BEAT_MS);
      }
    })();
    await until('all hear', () => buses.every(({ heard }) => heard.length > 0), SETTLED_WITHIN_MS);

    // Their links for publishing are open, too.
    const canPublish = async () =>
      (await Promise.all(buses.map(({ publish }) => publish()))).every(isAccepted);
    await until('all can publish', canPublish, SETTLED_WITHIN_MS);
    const publishes: Array<ReturnType<(typeof buses)[number]['publish']>> = [];
    // One that was slow to connect for the first time has said so.
    const gapsBefore = buses.map(({ gaps }) => gaps.length);
    const heldAt = buses.map(({ proxy, publish }) => {
      proxy.hold('both', 'open');
      publishes.push(publish());
      return Date.now();
    });
    const isBack = ({ heard }: (typeof buses)[number], at: number) =>
      heard.some(({ event }) => event.occurredAt > heldAt[at]!);
    await until('all hear again', () => buses.every(isBack), SETTLED_WITHIN_MS);
    await pause(300);
    isBeating = false;
    await beating;
    await pause(200);

    const times = buses.map(({ heard, gaps, downs }, at) => {
      const held = heldAt[at]!;
      const after = (at: number) => at - held - starvation.between(held, at);
      const found = after(downs.find((each) => each >= held)!);
      const back = after(heard.find(({ event }) => event.occurredAt > held)!.at);
      const told = gaps.slice(gapsBefore[at]).map(({ reason, types }) => [reason, ...types]);
      expect(told[0]).toEqual(['disconnect', 'fault.beat']);
      if (starvation.longest < HARMLESS_STALL_MS) expect(told.length).toBe(1);
      // What was not heard is what the gaps tell of, and nothing came twice.
      const ids = heard.map(({ event }) => event.id);
      expect(new Set(ids).size).toBe(ids.length);
      const first = heard[0]!.event.occurredAt;
      const missed = sent.filter(({ id, occurredAt }) => occurredAt >= first && !ids.includes(id));
      expect(missed.length).toBeGreaterThan(0);
      for (const { occurredAt } of missed) {
        // Stamped before it is sent; and the last one that came was taken in a little later than it came.
        const isTold = gaps.some(({ from, to }) => occurredAt > from - 500 && occurredAt <= to);
        expect(isTold, `${occurredAt} in ${JSON.stringify(gaps)}`).toBe(true);
      }
      return { found, back };
    });
    for (const { outcome, from, to } of await Promise.all(publishes)) {
      expect(outcome).toBe('BUS_FAILED');
      expect(to - from - starvation.between(from, to)).toBeLessThanOrEqual(PUBLISH_WITHIN_MS);
    }
    const slowest = (of: 'found' | 'back') => Math.round(Math.max(...times.map((each) => each[of])));
    console.log(`${library}: found within ${slowest('found')} ms, resubscribed within ${slowest('back')} ms`);
    expect(slowest('found')).toBeLessThanOrEqual(FOUND_WITHIN_MS);
    expect(slowest('back')).toBeLessThanOrEqual(BACK_WITHIN_MS);
    for (const { close } of buses) await close();
    await source.close();
    publisher.end();
    starvation.end();
  });
});
