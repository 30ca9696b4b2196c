import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUS_GAP, type DomainEvent } from '../../src/core/messaging/event-bus.js';
import { KafkaEventBus, type KafkaConsumer, type KafkaEventBusOptions } from '../../src/kafka/index.js';
import { freshName } from '../fills/kafka/kafka-wire.js';
import { canStartKafkaBroker, privateKafka, type PrivateKafka } from '../servers/kafka-broker.js';
import { until } from '../waiting.js';

const canStart = await canStartKafkaBroker();
const EVERY_MS = 20;
// The least that brokers allow unless they are told otherwise.
const SESSION_MS = 6_000;

interface Numbered extends DomainEvent {
  readonly n: number;
}

describe.skipIf(!canStart)('KafkaEventBus, while its broker is killed or frozen', () => {
  let server: PrivateKafka;

  beforeAll(async () => {
    server = await privateKafka();
  });
  afterAll(() => server?.dispose());

  // The settings of docs/kafka-bus.md.
  const busOf = (prefix: string, options: KafkaEventBusOptions = {}) => {
    const kafka = new Kafka({
      brokers: [server.broker],
      logLevel: logLevel.NOTHING,
      requestTimeout: 5_000,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    return new KafkaEventBus(
      {
        consumer: (groupId) =>
          kafka.consumer({ groupId, maxWaitTimeInMs: 1_000, sessionTimeout: SESSION_MS }) as KafkaConsumer,
        producer: () => kafka.producer(),
        admin: () => kafka.admin(),
      },
      { prefix, createTopics: {}, silenceMs: 3_000, ...options },
    );
  };

  /** Publishes numbers until it is stopped; those that were accepted are listed. */
  const publishing = (bus: KafkaEventBus) => {
    const accepted: number[] = [];
    const open = new Set<Promise<void>>();
    let n = 0;
    const timer = setInterval(() => {
      const event: Numbered = { type: 'number', id: String(++n), occurredAt: Date.now(), n };
      const sent = bus.publish(event).then(
        () => void accepted.push(event.n),
        () => undefined,
      );
      open.add(sent);
      void sent.finally(() => open.delete(sent));
    }, EVERY_MS);
    const stop = async (): Promise<void> => {
      clearInterval(timer);
      await Promise.all(open);
    };
    return { accepted, stop };
  };

  /** Resolves when the broker takes connections. */
  const portOpens = async (): Promise<void> => {
    const { host, port } = server;
    const isOpen = () =>
      new Promise<boolean>((resolve) => {
        const socket = connect({ host, port });
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
    await until('the port is open', isOpen, { everyMs: 20 });
  };

  test.each([
    ['killed for 4 s, at most once', {}, 'kill'],
    ['killed for 4 s, at least once', { delivery: 'at-least-once' }, 'kill'],
    ['killed for 4 s, in a group', { delivery: 'at-least-once', group: 'desk' }, 'kill'],
    ['frozen for 8 s, at most once', {}, 'freeze'],
  ] as const)(
    '%s: every accepted event is heard, in order, soon after it is back',
    async (_, options, fault) => {
      const prefix = freshName('bus');
      const [publisher, subscriber] = [busOf(prefix), busOf(prefix, options)];
      const heard: number[] = [];
      const heardAt: number[] = [];
      const gaps: unknown[] = [];
      subscriber.subscribe(BUS_GAP, (gap) => void gaps.push(gap));
      subscriber.subscribe<Numbered>('number', ({ n }) => {
        heard.push(n);
        heardAt.push(performance.now());
      });
      const { accepted, stop } = publishing(publisher);
      await until('events arrive', () => heard.length > 20);
      if (fault === 'kill') await server.kill();
      else await server.pause();
      await new Promise((resolve) => setTimeout(resolve, fault === 'kill' ? 4_000 : 8_000));
      const before = heard.length;
      let backAt = performance.now();
      if (fault === 'kill') {
        const starting = server.start();
        await portOpens();
        backAt = performance.now();
        await starting;
      } else await server.resume();
      await until('events arrive again', () => heard.length > before + 20);
      const waited = heardAt[before]! - backAt;
      process.stdout.write(
        `Kafka ${fault} ${JSON.stringify(options)}: heard again ${Math.round(waited)} ms after its port was open\n`,
      );
      await stop();
      const last = Math.max(...accepted);
      await until('the last event arrives', () => heard.includes(last));
      // What was published before the subscription had its positions is not for it.
      const lost = accepted.filter((n) => n > heard[0]! && !heard.includes(n));
      expect(lost).toEqual([]);
      const known = [...new Set(heard)];
      expect(known).toEqual([...known].sort((a, b) => a - b));
      if (subscriber.delivery === 'at-most-once') expect(heard).toEqual(known);
      // A group waits until it has forgotten the member that was cut off.
      expect(waited).toBeLessThan('group' in options ? 5_000 + SESSION_MS : 5_000);
      await Promise.all([publisher.close(), subscriber.close()]);
    },
  );
});
