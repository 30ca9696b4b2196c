import { describe, expect, test } from 'vitest';
import { kafkaServer } from '../servers/kafka-broker.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { Child, nodeArguments, run } from './child.js';
import { serversOrSkip, withOwnDatabases } from './own-databases.js';

const server = await kafkaServer();
const servers = await serversOrSkip();

describe.skipIf(!server)('an example on a Kafka broker', { timeout: SLOW_TEST_MS }, () => {
  test.each<[string, RegExp[]]>([
    ['kafka', [/^desk: 18\d\d\.\d\d USD$/m, /records, \d+ with prices, rejected: \{\}$/m]],
    [
      'kafka-fills',
      [
        /^KafkaFillStream: the record of fills\/\d at offset 3 cannot be read: malformed-json/m,
        /^fills may be missing: unreadable$/m,
        /^desk: 70 ACME$/m,
        /^4 records, 2 fills booked, rejected: \{"malformed-json":1\}$/m,
      ],
    ],
  ])('%s runs to its end and prints the expected lines', async (name, lines) => {
    const env = { TICKMARK_KAFKA_BROKERS: server!.broker };
    const { code, stdout, stderr } = await run(`examples/${name}.ts`, [], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of lines) expect(stdout).toMatch(line);
  });
});

describe.skipIf(!server || !servers)(
  'an example on a Kafka broker, PostgreSQL and Redis',
  { timeout: SLOW_TEST_MS },
  () => {
    test('cluster shares the shards by consumer groups, and every stored value is right', async () => {
      await withOwnDatabases(servers!, async (databases) => {
        const env = { ...databases, TICKMARK_KAFKA_BROKERS: server!.broker };
        const args = ['--seconds', '6', '--standby', '1', '--portfolios', '200'];
        // It runs the files beside it.
        const command = nodeArguments('examples/cluster.ts', false);
        const { code, stdout } = await new Child([...command, ...args], env).outcome;
        expect(code, stdout).toBe(0);
        expect(stdout).toMatch(
          /^200 portfolios, events over Kafka at 127\.0\.0\.1:\d+; a page could follow /m,
        );
        expect(stdout).toMatch(/^200 stored values recomputed: 0 differ$/m);
      });
    });
  },
);
