import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import type { TickmarkError } from '../../src/core/errors.js';
import type { ConnectionEvents, RedisConnection } from '../../src/redis/redis-connection.js';
import { RedisLink } from '../../src/redis/redis-link.js';

/** Connections that the test controls. */
function scripted() {
  const clock = new FakeClock();
  const opened: Array<{
    at: number;
    events: ConnectionEvents;
    destroyed: number;
    connection: RedisConnection;
  }> = [];
  const behavior = {
    connects: true,
    answers: true,
    ping: undefined as ((connection: RedisConnection) => Promise<unknown>) | undefined,
  };
  const ups: number[] = [];
  const downs: TickmarkError[] = [];
  const reports: string[] = [];
  const never = new Promise<never>(() => undefined);
  const link = new RedisLink({
    where: 'Bus',
    clock,
    random: () => 0.5,
    pingIntervalMs: 1000,
    pingTimeoutMs: 1500,
    ping: (connection) => (behavior.ping ? behavior.ping(connection) : connection.command(['PING'])),
    open: async (events) => {
      const record = { at: clock.monotonic(), events, destroyed: 0 } as (typeof opened)[number];
      const connection = {
        connect: () => (behavior.connects ? Promise.resolve() : Promise.reject(new Error('refused'))),
        command: () => (behavior.answers ? Promise.resolve('PONG') : never),
        destroy: () => void record.destroyed++,
      } as unknown as RedisConnection;
      opened.push(Object.assign(record, { connection }));
      return connection;
    },
    onUp: () => void ups.push(clock.monotonic()),
    onDown: (error) => void downs.push(error),
    report: (error) => void reports.push(error.message),
  });
  return { clock, link, opened, behavior, ups, downs, reports };
}

describe('RedisLink', () => {
  test('replaces a silent connection within pingIntervalMs + pingTimeoutMs', async () => {
    const { clock, link, opened, behavior, ups, downs } = scripted();
    link.start();
    await clock.advance(5000);
    expect([opened.length, ups, link.isBroken]).toEqual([1, [0], false]);
    behavior.answers = false;
    const aliveAt = link.aliveAt;
    await clock.advance(2499);
    expect(link.connection).not.toBeNull();
    await clock.advance(1);
    expect([link.connection, link.isBroken, opened[0]!.destroyed, link.aliveAt]).toEqual([
      null,
      true,
      1,
      aliveAt,
    ]);
    expect(downs[0]).toMatchObject({ code: 'BUS_FAILED', retryable: true });
    behavior.answers = true;
    await clock.advance(50);
    expect([opened.length, link.reconnects, link.isBroken]).toEqual([2, 1, false]);
    link.close();
    expect(clock.pending).toBe(0);
  });

  test('retries after random times below a bound that doubles up to a second', async () => {
    const { clock, link, opened, behavior } = scripted();
    behavior.connects = false;
    link.start();
    await clock.advance(3000);
    const waits = opened.map(({ at }, index) => at - (opened[index - 1]?.at ?? 0));
    expect(waits).toEqual([0, 25, 50, 100, 200, 400, 500, 500, 500, 500]);
    expect(opened.every(({ destroyed }) => destroyed === 1)).toBe(true);
    link.close();
    expect(clock.pending).toBe(0);
  });

  test('reports the end of a connection at once, and once', async () => {
    const { clock, link, opened, downs } = scripted();
    link.start();
    await clock.advance(0);
    const first = opened[0]!;
    first.events.onEnd();
    first.events.onEnd();
    link.fail(first.connection);
    expect([downs.length, link.connection]).toEqual([1, null]);
    await clock.advance(100);
    first.events.onEnd();
    expect([downs.length, opened.length, link.connection !== null]).toEqual([1, 2, true]);
    link.close();
  });

  test('drops a connection that does not answer a command', async () => {
    const { clock, link, downs } = scripted();
    link.start();
    await clock.advance(0);
    const connection = link.connection!;
    const call = link.bounded(connection, 'A command', () => new Promise<never>(() => undefined));
    const outcome = expect(call).rejects.toMatchObject({ code: 'TIMEOUT' });
    await clock.advance(1500);
    await outcome;
    expect([downs.length, link.connection]).toEqual([1, null]);
    link.close();
    expect(clock.pending).toBe(0);
  });

  test('reports each reason once until it is up, a refusal until a ping has succeeded, and none twice in a minute', async () => {
    const { clock, link, opened, behavior, downs, reports } = scripted();
    behavior.connects = false;
    link.start();
    await clock.advance(3000);
    expect(downs.length).toBeGreaterThan(5);
    expect(reports).toEqual(['Bus: the link to Redis is down: refused.']);
    expect(link.failure?.message).toBe(reports[0]);
    behavior.connects = true;
    await clock.advance(600);
    expect(link.failure).toBeNull();
    // The link is up each time, and refused as soon as it is used.
    const since = opened.length;
    for (let turn = 0; turn < 5; turn++) {
      opened.at(-1)!.events.onEnd(new Error('READONLY no'));
      await clock.advance(800);
      expect(link.connection).not.toBeNull();
    }
    expect(reports.slice(1)).toEqual(['Bus: the link to Redis is down: READONLY no.']);
    const waits = opened.slice(since).map(({ at }, index) => at - opened[since + index - 1]!.at);
    // It waited for 25, 50, 100, 200 and 400 ms, of 800 each.
    expect(waits.slice(1)).toEqual([825, 850, 900, 1000]);
    // It answers a ping. What is reported again is a minute apart.
    await clock.advance(1000);
    opened.at(-1)!.events.onEnd(new Error('READONLY no'));
    expect(reports.length).toBe(2);
    await clock.advance(60_000);
    opened.at(-1)!.events.onEnd(new Error('READONLY no'));
    expect(reports.length).toBe(3);
    link.close();
    expect(clock.pending).toBe(0);
  });

  test('drops a connection whose ping shows that it is unusable', async () => {
    const { clock, link, behavior, downs } = scripted();
    behavior.ping = () => Promise.reject(new Error('READONLY The node is a replica.'));
    link.start();
    await clock.advance(1000);
    expect(downs.map(({ message }) => message)).toEqual([
      'Bus: the link to Redis is down: READONLY The node is a replica.',
    ]);
    link.close();
  });

  test('stays closed', async () => {
    const { clock, link, opened, ups } = scripted();
    link.start();
    link.close();
    await clock.advance(10_000);
    link.start();
    await clock.advance(10_000);
    expect([opened.length <= 1, ups, link.connection]).toEqual([true, [], null]);
  });
});
