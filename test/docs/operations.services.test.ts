import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { DomainEvent, TickmarkError } from 'tickmark';
import { RedisLock, RedisPubSubEventBus, RedisStreamEventBus } from 'tickmark/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canStartRedis, privateRedis, type PrivateRedis } from '../servers/redis.js';
import { HUNG_AFTER_MS, until } from '../waiting.js';
import { root } from '../examples/child.js';
import { blocks } from './guide.js';

const guide = readFileSync(join(root, 'docs/operations.md'), 'utf8');

/** A busy machine must not look like a broken connection. */
const PATIENT = { publishTimeoutMs: HUNG_AFTER_MS, pingTimeoutMs: HUNG_AFTER_MS };

describe.skipIf(!canStartRedis())('the access rules of Redis in the guide to operations', () => {
  let server: PrivateRedis;
  let admin: Redis;
  let client: Redis;
  /** Number of times that Redis has run a command. */
  const calls = async (command: string): Promise<number> =>
    Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await admin.info('commandstats'))?.[1] ?? 0);
  const event = (id: string): DomainEvent => ({ type: 'test.done', id, occurredAt: 1 });

  beforeAll(async () => {
    server = await privateRedis();
    admin = new Redis(server.url);
    const [acl] = blocks(guide, 'text').filter((text) => text.startsWith('ACL SETUSER'));
    const [command, ...args] = acl!.trim().split(' ');
    await admin.call(command!, ...args);
    client = new Redis(server.url.replace('//', '//tickmark:choose-a-password@'));
  });
  afterAll(async () => {
    admin.disconnect();
    client.disconnect();
    await server.dispose();
  });

  it('allow locks to be taken, extended and released', async () => {
    const lock = new RedisLock(client, { callTimeoutMs: HUNG_AFTER_MS });
    const lease = await lock.acquire('desk', { ttlMs: HUNG_AFTER_MS, waitMs: HUNG_AFTER_MS });
    await lease.extend();
    await lease.release();
    await lock.close();
    expect(lock.stats()).toMatchObject({ granted: 1, lost: 0, failed: 0 });
  });

  it('allow Pub/Sub to carry one event and several', async () => {
    await using bus = new RedisPubSubEventBus(client, PATIENT);
    const ids: string[] = [];
    const all = new Promise<void>((resolve) =>
      bus.subscribe('test.done', ({ id }) => void (ids.push(id) === 3 && resolve())),
    );
    await bus.publish(event('1'));
    await bus.publish([event('2'), event('3')]);
    await all;
    expect(ids).toEqual(['1', '2', '3']);
  });

  it('allow a stream bus to retry, keep, claim and dead-letter events', async () => {
    const codes = new Set<string>();
    await using bus = new RedisStreamEventBus(client, {
      ...PATIENT,
      group: 'group',
      maxDeliveries: 2,
      handledForMs: HUNG_AFTER_MS,
      claimIdleMs: 300,
      retryDelayMs: 1,
      onError: ({ code }: TickmarkError): void => void codes.add(code),
    });
    // While an event is being handled, its entry is kept, and others are looked for.
    const keptAndClaimed = async (): Promise<void> => {
      const [kept, claimed] = [await calls('xclaim'), await calls('xautoclaim')];
      await until('an entry is kept', async () => (await calls('xclaim')) > kept);
      await until('entries are claimed', async () => (await calls('xautoclaim')) > claimed);
    };
    const ids: string[] = [];
    bus.subscribe('test.done', async ({ id }) => {
      if (id === '2') throw new Error('poison');
      if (id === '4') await keptAndClaimed();
      ids.push(id);
    });
    await bus.publish(event('1'));
    await bus.publish([event('2'), event('3')]);
    await expect.poll(() => bus.stats().deadLettered).toBe(1);
    await bus.publish(event('4'));
    await expect.poll(() => bus.stats().handled).toBe(3);
    expect(ids).toEqual(['1', '3', '4']);
    expect(bus.stats()).toMatchObject({ lost: 0, malformed: 0, reconnects: 0 });
    expect([...codes]).toEqual(['HANDLER_FAILED']);
    expect(await client.call('EXISTS', '{tickmark}:dead')).toBe(1);
  });

  it.each([
    ['SET', 'other', '1'],
    ['FLUSHALL'],
    ['KEYS', '*'],
    ['CONFIG', 'GET', '*'],
    ['PUBLISH', 'other', '1'],
  ])('forbid the rest: %s', async (command, ...args) => {
    await expect(client.call(command, ...args)).rejects.toThrow(/NOPERM/);
  });
});
