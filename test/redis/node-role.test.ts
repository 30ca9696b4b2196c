import { expect, test } from 'vitest';
import { checkReceivesMessages, checkMaster } from '../../src/redis/node-role.js';
import type { RedisConnection } from '../../src/redis/redis-connection.js';

const answering = (info: string | Error) =>
  ({
    command: async ([name]: string[]) => {
      if (name === 'PING') return 'PONG';
      if (info instanceof Error) throw info;
      return info;
    },
  }) as unknown as RedisConnection;
const outcome = (call: Promise<void>): Promise<string> =>
  call.then(
    () => 'fine',
    ({ message }: Error) => message.split(' ')[0]!,
  );

test.each([
  ['a master', 'role:master\r\nconnected_slaves:1\r\n', 'fine', 'fine'],
  ['a replica that follows', 'role:slave\r\nmaster_link_status:up\r\n', 'READONLY', 'fine'],
  ['a replica without a master', 'role:slave\r\nmaster_link_status:down\r\n', 'READONLY', 'MASTERDOWN'],
  ['a server that does not say', '', 'fine', 'fine'],
  [
    'a user without permission for INFO',
    new Error("NOPERM no permissions to run the 'info' command"),
    'fine',
    'fine',
  ],
  ['a proxy that does not know INFO', new Error('ERR unsupported command'), 'fine', 'fine'],
  ['a server that wants a password', new Error('NOAUTH Authentication required.'), 'NOAUTH', 'NOAUTH'],
  ['a broken connection', new Error('Connection is closed.'), 'Connection', 'Connection'],
])('%s', async (_, info, publishing, hearing) => {
  expect(await outcome(checkMaster(answering(info)))).toBe(publishing);
  expect(await outcome(checkReceivesMessages(answering(info)))).toBe(hearing);
});
