import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { CopiedClient } from '../../src/redis/copied-client.js';
import { redisConnection } from '../../src/redis/redis-connection.js';

/** A client of ioredis that answers nothing, and rejects nothing when it is closed. */
class SilentClient extends EventEmitter {
  readonly status = 'ready';
  readonly connect = silence;
  readonly call = silence;
  readonly callBuffer = silence;
  readonly subscribe = silence;
  readonly unsubscribe = silence;
  readonly duplicate = (): this => this;
  readonly disconnect = (): void => undefined;
}

const silence = (): Promise<never> => new Promise(() => undefined);

const ENDS: Array<[string, (client: SilentClient, destroy: () => void) => void, string, number]> = [
  ['closes', (client) => client.emit('close'), 'The connection to Redis was closed.', 1],
  [
    'closes after an error',
    (client) => {
      client.emit('error', new Error('read ECONNRESET'));
      client.emit('close');
    },
    'read ECONNRESET',
    1,
  ],
  ['is destroyed', (_, destroy) => destroy(), 'The connection to Redis was closed.', 0],
];

test.each(ENDS)(
  'a connection that %s rejects the calls that its client leaves open, and later ones',
  async (_, end, message, ends) => {
    const client = new SilentClient();
    let ended = 0;
    const connection = redisConnection(client as unknown as CopiedClient, 'test', { onEnd: () => ended++ });
    const calls = (): Array<Promise<unknown>> => [
      connection.connect(),
      connection.command(['PING']),
      connection.subscribe('news'),
      connection.unsubscribe('news'),
    ];
    const open = Promise.allSettled(calls());
    const piped = connection.pipeline([['PING']]);
    end(client, () => connection.destroy());
    const outcomes = [...(await open), ...(await Promise.allSettled(calls())), ...(await piped)];
    expect(outcomes.map((outcome) => outcome.status)).toEqual(Array(9).fill('rejected'));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { message } });
    expect(ended).toBe(ends);
  },
);
