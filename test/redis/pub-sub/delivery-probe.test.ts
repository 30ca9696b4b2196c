import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { DeliveryProbe, NotDeliveredError } from '../../../src/redis/pub-sub/delivery-probe.js';
import type { RedisConnection } from '../../../src/redis/redis-connection.js';
import type { RedisLink } from '../../../src/redis/redis-link.js';

const CHANNEL = 'bus:~probe:me';

/** The two connections of a bus, and which of them have failed. */
function scripted({ hasRoles = true, role = 'master', refuses = [] as string[] } = {}) {
  const clock = new FakeClock();
  const sent: string[] = [];
  const failed: Array<[string, unknown]> = [];
  const node = { role };
  const connection = {
    command: async ([name, ...args]: string[]) => {
      sent.push([name, ...args].join(' '));
      if (refuses.includes(name!)) throw new Error(`NOPERM no permissions to run '${name}'`);
      return name === 'INFO' ? `# Replication\r\nrole:${node.role}\r\nmaster_link_status:up\r\n` : 'OK';
    },
    subscribe: async (channel: string) => {
      if (refuses.includes('SUBSCRIBE')) throw new Error('NOPERM no permissions to access a channel');
      sent.push(`SUBSCRIBE ${channel}`);
    },
  } as unknown as RedisConnection;
  const link = (name: string) =>
    ({
      connection,
      fail: (_: unknown, cause: unknown) => void failed.push([name, cause]),
    }) as unknown as RedisLink;
  const check = new DeliveryProbe({
    channel: CHANNEL,
    clock,
    timeoutMs: 1500,
    hasRoles,
    publishing: () => link('publishing'),
    listening: () => link('listening'),
  });
  const hears = (number: number) => check.handles(CHANNEL, Buffer.from(String(number)));
  return { clock, check, connection, sent, failed, node, hears };
}

test('drops both connections when a published message does not arrive', async () => {
  const { clock, check, connection, failed, hears } = scripted();
  await check.listen(connection);
  await check.run(connection);
  expect(hears(1)).toBe(true);
  await clock.advance(1000);
  const provenAt = clock.now();
  await check.run(connection);
  hears(2);
  await clock.advance(1000);
  await check.run(connection);
  // An older probe proves nothing about the newest one.
  hears(2);
  await clock.advance(1499);
  expect(failed).toEqual([]);
  await clock.advance(1);
  expect(failed.map(([name]) => name)).toEqual(['listening', 'publishing']);
  expect(failed[0]![1]).toBeInstanceOf(NotDeliveredError);
  expect(check.confirmedAt).toBe(provenAt);
  expect(clock.pending).toBe(0);
});

test('sends one message at a time, and none without a subscription', async () => {
  const { clock, check, connection, sent, hears } = scripted();
  await check.run(connection);
  expect(sent).toEqual(['INFO replication']);
  await check.listen(connection);
  await check.run(connection);
  await check.run(connection);
  expect(sent.filter((each) => each.startsWith('PUBLISH'))).toEqual([`PUBLISH ${CHANNEL} 1`]);
  hears(1);
  await check.run(connection);
  expect(sent.at(-1)).toBe(`PUBLISH ${CHANNEL} 2`);
  check.stop();
  expect(clock.pending).toBe(0);
});

test('refuses to publish on a replica, except on a Cluster', async () => {
  const { check, connection, node } = scripted();
  await check.run(connection);
  node.role = 'slave';
  await expect(check.run(connection)).rejects.toThrow(/^READONLY/);
  const cluster = scripted({ hasRoles: false, role: 'slave' });
  await cluster.check.run(cluster.connection);
  expect(cluster.sent).toEqual(['PING']);
});

test.each([['SUBSCRIBE'], ['PUBLISH'], ['INFO']])(
  'works without %s if it is not allowed',
  async (command) => {
    const { clock, check, connection, failed, hears } = scripted({ refuses: [command] });
    await check.listen(connection);
    for (let turn = 0; turn < 3; turn++) {
      await check.run(connection);
      hears(turn + 1);
      await clock.advance(1000);
    }
    expect([failed, clock.pending]).toEqual([[], 0]);
  },
);

test('ignores messages of other channels', () => {
  const { check } = scripted();
  expect(check.handles('bus:prices', Buffer.from('1'))).toBe(false);
});
