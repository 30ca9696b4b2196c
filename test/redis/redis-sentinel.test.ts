import { EventEmitter } from 'node:events';
import { createSentinel } from 'redis';
import { expect, test } from 'vitest';
import type { NodeRedisSentinel } from '../../src/redis/redis-client.js';
import { findMaster, sentinelOptions, rotated } from '../../src/redis/redis-sentinel.js';
import { rejection } from '../rejection.js';

const GIVEN = {
  name: 'main',
  sentinelRootNodes: [
    { host: 'a', port: 1 },
    { host: 'b', port: 2 },
  ],
  sentinelClientOptions: { username: 'watcher', socket: { connectTimeout: 9000, tls: true as const } },
  nodeClientOptions: { username: 'app', database: 3, socket: { connectTimeout: 9000, noDelay: false } },
  masterPoolSize: 4,
  replicaPoolSize: 2,
  reserveClient: true,
  scanInterval: 1000,
};

test('sentinelOptions() reads the options of a client', () => {
  const client = createSentinel(GIVEN);
  expect(sentinelOptions(client, 'here')).toMatchObject(GIVEN);
  expect(client.duplicate().constructor).toBe(client.constructor);
});

test.each([
  ['passes something else on', () => ({ sentinelRootNodes: [] })],
  [
    'throws',
    () => {
      throw new Error('no');
    },
  ],
])('sentinelOptions() rejects a client whose duplicate() %s', (_, duplicate) => {
  const client = Object.assign(new EventEmitter(), { duplicate }) as unknown as NodeRedisSentinel;
  expect(() => sentinelOptions(client, 'here')).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('here') }),
  );
});

class Asking extends EventEmitter {
  static made: Asking | undefined;
  readonly calls: string[] = [];
  failure: Error | undefined;
  said: unknown;

  readonly given: Record<string, unknown>;

  constructor(given: Record<string, unknown>) {
    super();
    this.given = given;
    Asking.made = this;
    this.failure = given.failure as Error | undefined;
    this.said = given.said;
  }

  duplicate(overrides?: object): unknown {
    const { constructor: Kind } = Object.getPrototypeOf(this) as { constructor: typeof Asking };
    return new Kind({ ...this.given, ...overrides });
  }

  async connect(): Promise<void> {
    this.calls.push('connect');
    if (this.said !== undefined) this.emit('error', this.said);
    if (this.failure) throw this.failure;
  }

  async _execute(isReadonly: boolean, run: (master: unknown) => Promise<unknown>): Promise<unknown> {
    this.calls.push(`execute ${isReadonly}`);
    return run('the master');
  }

  async destroy(): Promise<void> {
    this.calls.push('destroy');
    throw new Error('already');
  }
}

function asked(more: object = {}): Promise<unknown> {
  const client = new Asking({ ...GIVEN, ...more }) as unknown as NodeRedisSentinel;
  return findMaster(client, { where: 'here', timeoutMs: 1000, random: () => 0.6 });
}

test('findMaster() asks each Sentinel once, from a random one on, within the time limit, and leaves nothing open', async () => {
  expect(await asked()).toBe('the master');
  const { calls, given } = Asking.made!;
  expect(calls).toEqual(['connect', 'execute false', 'destroy']);
  const limits = { connectTimeout: 500, socketTimeout: 500, reconnectStrategy: false };
  expect(given).toMatchObject({
    name: 'main',
    sentinelRootNodes: [GIVEN.sentinelRootNodes[1], GIVEN.sentinelRootNodes[0]],
    sentinelClientOptions: { username: 'watcher', socket: { tls: true, ...limits } },
    nodeClientOptions: { username: 'app', database: 3, socket: { noDelay: false, ...limits } },
    maxCommandRediscovers: 0,
    masterPoolSize: 1,
    replicaPoolSize: 0,
    reserveClient: false,
    scanInterval: 0,
  });
});

const NONE = new Error('None of the sentinels are available');

test.each<[string, unknown, Error, string]>([
  ['a Sentinel that lets nobody in', new Error('NOAUTH Authentication required.'), NONE, 'NOAUTH'],
  ['an unknown name', new Error('ERR No such master with that name'), NONE, 'ERR No such master'],
  ['nothing better', 'observe client error', NONE, 'None of the sentinels'],
  ['the master that lets nobody in', undefined, new Error('WRONGPASS no'), 'WRONGPASS'],
])('masterOf() says of %s why there is no master, and leaves nothing open', async (_, said, failure, why) => {
  const error = await rejection<Error>(asked({ said, failure }));
  expect(error.message).toContain(why);
  expect(Asking.made!.calls).toEqual(['connect', 'destroy']);
});

test('rotated() begins with a random Sentinel, and keeps all of them', () => {
  const all = ['a', 'b', 'c'];
  const orders = [0, 0.4, 0.99].map((chance) => rotated(all, () => chance).join(''));
  expect(orders).toEqual(['abc', 'bca', 'cab']);
  expect(rotated([], () => 0.5)).toEqual([]);
});
