import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { BUS_GAP, type BusGapEvent, type DomainEvent } from 'tickmark';
import { RedisPubSubEventBus, type RedisClient } from 'tickmark/redis';
import { describe, expect, test } from 'vitest';
import { redisServer } from '../servers/redis.js';
import { tcpProxy } from '../servers/tcp-proxy.js';
import { sized } from '../sizes.js';
import { SLOW_TEST_MS, pause, until } from '../waiting.js';
import { printFigure } from './figures.js';

const LINKS = sized({ quick: 6, gate: 20, full: 50 });
// A quiet machine needs less than 3 s, 5 s and 1 s.
const FOUND_WITHIN_MS = 30_000;
const BACK_WITHIN_MS = 50_000;
const PUBLISH_WITHIN_MS = 10_000;
// A gap begins at the last sign of life, which is noted a little after it came.
const NOTED_WITHIN_MS = 5_000;
const BEAT_MS = 200;
const WAITING = { everyMs: 100, hungAfterMs: SLOW_TEST_MS };

const server = await redisServer();

interface Beat extends DomainEvent {
  readonly type: 'fault.beat';
}

const isGap = (what: Beat | BusGapEvent): what is BusGapEvent => what.type === BUS_GAP;

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

/** One bus on a link of its own, and what it heard, in order. */
async function listen(library: string, prefix: string) {
  const proxy = await tcpProxy(server!);
  const { client, end } = await connected(library, proxy.port);
  const heard: Array<{ what: Beat | BusGapEvent; at: number }> = [];
  const downs: number[] = [];
  // The link that subscribes; calls of publish() show the other one.
  const onError = ({ message }: Error) => void (message.includes('subscribing') && downs.push(Date.now()));
  const bus = new RedisPubSubEventBus(client, { prefix, onError });
  const note = (what: Beat | BusGapEvent) => void heard.push({ what, at: Date.now() });
  bus.subscribe<Beat>('fault.beat', note);
  bus.subscribe(BUS_GAP, note);
  const close = async () => {
    await bus.close();
    end();
    await proxy.close();
  };
  // Gives what became of it, and for how long it took.
  const publish = async () => {
    const from = performance.now();
    const outcome = await bus.publish({ type: 'fault.other', id: 'any', occurredAt: Date.now() }).then(
      () => 'accepted',
      ({ code }: { code: string }) => code,
    );
    return { outcome, tookMs: performance.now() - from };
  };
  const beats = () => heard.flatMap(({ what, at }) => (isGap(what) ? [] : [{ ...what, at }]));
  return { proxy, heard, beats, downs, publish, close };
}

type Listening = Awaited<ReturnType<typeof listen>>;

/** Waits until the links of a bus are up, and holds what goes over them. */
async function silence({ proxy, publish }: Listening) {
  await until('it can publish', async () => (await publish()).outcome === 'accepted', WAITING);
  proxy.hold('both', 'open');
  return { heldAt: Date.now(), publishing: publish() };
}

/** Checks that no beat came twice, and that a gap stands before the next beat wherever some are missing. */
function expectGapsWhereBeatsAreMissing({ heard }: Listening, sent: readonly Beat[]): void {
  let next: number | undefined;
  let gaps: BusGapEvent[] = [];
  let missing = 0;
  for (const { what } of heard) {
    if (isGap(what)) {
      gaps.push(what);
      continue;
    }
    const number = Number(what.id);
    expect(number).toBeGreaterThanOrEqual(next ?? number);
    for (const { occurredAt } of sent.filter(
      ({ id }) => Number(id) >= (next ?? number) && Number(id) < number,
    )) {
      missing++;
      const isTold = gaps.some(({ from, to }) => occurredAt > from - NOTED_WITHIN_MS && occurredAt <= to);
      expect(isTold, `${occurredAt} in ${JSON.stringify(gaps)}`).toBe(true);
    }
    next = number + 1;
    gaps = [];
  }
  expect(missing).toBeGreaterThan(0);
}

describe.skipIf(!server)(`${LINKS} links that hold packets back and do not close`, () => {
  test.each(['ioredis', 'node-redis'])('are found and replaced; %s', async (library) => {
    const prefix = `faults-silent-${library}-${process.pid}`;
    const publisher = await connected(library, server!.port);
    const source = new RedisPubSubEventBus(publisher.client, { prefix });
    const buses = await Promise.all(Array.from({ length: LINKS }, () => listen(library, prefix)));
    // Those that were accepted. One that was not may have been sent all the same.
    const sent: Beat[] = [];
    let made = 0;
    let isBeating = true;
    const beating = (async () => {
      while (isBeating) {
        const beat: Beat = { type: 'fault.beat', id: String(made++), occurredAt: Date.now() };
        await source.publish(beat).then(
          () => sent.push(beat),
          () => undefined,
        );
        await pause(BEAT_MS);
      }
    })();
    await until('all hear', () => buses.every(({ beats }) => beats().length > 0), WAITING);

    const silenced = await Promise.all(buses.map(silence));
    const firstAfter = ({ beats }: Listening, heldAt: number) =>
      beats().find(({ occurredAt }) => occurredAt > heldAt);
    const isBack = (bus: Listening, at: number) => firstAfter(bus, silenced[at]!.heldAt) !== undefined;
    await until('all hear again', () => buses.every(isBack), WAITING);
    isBeating = false;
    await beating;
    for (const bus of buses) expectGapsWhereBeatsAreMissing(bus, sent);

    const times = buses.map((bus, at) => {
      const { heldAt } = silenced[at]!;
      const downs = bus.downs.filter((each) => each >= heldAt);
      const gaps = bus.heard.flatMap(({ what, at }) => (isGap(what) && at >= heldAt ? [what] : []));
      for (const { reason, types } of gaps) expect([reason, ...types]).toEqual(['disconnect', 'fault.beat']);
      // One gap a break; a slow machine may break a link once more.
      expect(gaps.length).toBeGreaterThanOrEqual(1);
      expect(gaps.length).toBeLessThanOrEqual(downs.length);
      return { found: downs[0]! - heldAt, back: firstAfter(bus, heldAt)!.at - heldAt };
    });
    const publishes = await Promise.all(silenced.map(({ publishing }) => publishing));
    expect(publishes.map(({ outcome }) => outcome)).toEqual(publishes.map(() => 'BUS_FAILED'));
    const longest = (values: readonly number[]) => Math.round(Math.max(...values));
    const found = longest(times.map((each) => each.found));
    const back = longest(times.map((each) => each.back));
    const publishMs = longest(publishes.map(({ tookMs }) => tookMs));
    printFigure(
      `${library}: found within ${found} ms, resubscribed within ${back} ms, publish() failed within ${publishMs} ms`,
    );
    expect(found).toBeLessThanOrEqual(FOUND_WITHIN_MS);
    expect(back).toBeLessThanOrEqual(BACK_WITHIN_MS);
    expect(publishMs).toBeLessThanOrEqual(PUBLISH_WITHIN_MS);
    for (const { close } of buses) await close();
    await source.close();
    publisher.end();
  });
});
