import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { reconnectOnWrongNode } from '../../../src/redis/lock/reconnect-on-wrong-node.js';

const READONLY = new Error("READONLY You can't write against a read only replica.");

function ioredis(status = 'ready') {
  const calls: unknown[] = [];
  const client = Object.assign(new EventEmitter(), {
    status,
    call: async () => null,
    callBuffer: async () => null,
    duplicate: () => null,
    disconnect: (reconnect: boolean) => void calls.push(reconnect),
  });
  return { client: client as unknown as RedisClient, calls };
}

function nodeRedis() {
  const calls: unknown[] = [];
  const client = Object.assign(new EventEmitter(), {
    isOpen: true,
    isReady: true,
    connect: async () => null,
    duplicate: () => null,
    sendCommand: async (args: unknown) => {
      calls.push(args);
      throw new Error('Socket closed unexpectedly');
    },
  });
  return { client: client as unknown as RedisClient, calls };
}

test.each([
  ['ioredis', ioredis, true],
  ['node-redis', nodeRedis, ['QUIT']],
])('reconnects a client of %s whose node is a replica, at most twice a second', async (_, make, call) => {
  const clock = new FakeClock();
  const { client, calls } = make();
  // Two locks on one client.
  const renewals = [reconnectOnWrongNode(client, clock), reconnectOnWrongNode(client, clock)];
  for (const renewed of renewals) renewed(READONLY);
  expect(calls).toEqual([call]);
  await clock.advance(499);
  renewals[1]!(READONLY);
  expect(calls.length).toBe(1);
  await clock.advance(1);
  renewals[1]!(READONLY);
  expect(calls.length).toBe(2);
});

test('does not reconnect a client that is already connecting, or after any other failure', () => {
  const clock = new FakeClock();
  const connecting = ioredis('reconnecting');
  reconnectOnWrongNode(connecting.client, clock)(READONLY);
  const fine = ioredis();
  for (const message of ['WRONGTYPE no', 'NOAUTH no', 'OOM no', 'Connection is closed.']) {
    reconnectOnWrongNode(fine.client, clock)(new Error(message));
  }
  expect([connecting.calls, fine.calls]).toEqual([[], []]);
});

test('does not reconnect a Sentinel client, which finds the master itself', () => {
  const { client, calls } = nodeRedis();
  const more = { getMasterNode: () => null, getSentinelNode: () => null, _execute: async () => null };
  reconnectOnWrongNode(Object.assign(client, more), new FakeClock())(READONLY);
  expect(calls).toEqual([]);
});
