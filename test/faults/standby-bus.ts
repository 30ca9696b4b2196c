/** The bus of processes of both roles, over Redis or Kafka. */
import { Kafka, logLevel } from 'kafkajs';
import type { EventBus } from 'tickmark';
import { KafkaEventBus, type KafkaConsumer } from 'tickmark/kafka';
import { openBus, type Opened, type Place } from './adapters.js';

/** How processes share the shards, and reach one another. */
export interface StandbyArgs extends Place {
  readonly role: 'owner' | 'standby';
  readonly shardCount: number;
  /** Broker of the bus and the assignment; `null`: Redis, with leases that outlast the test. */
  readonly broker: string | null;
}

/** Clients of a broker, with the settings of docs/kafka-bus.md. */
export const kafkaOf = (broker: string): Kafka =>
  new Kafka({
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    requestTimeout: 5_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000 },
  });

/** The bus of a process. */
export function openStandbyBus(args: StandbyArgs): Opened<EventBus> {
  const { broker, schema, shardCount } = args;
  if (broker === null) return openBus(args);
  const kafka = kafkaOf(broker);
  const part = new KafkaEventBus(
    {
      consumer: (groupId) =>
        kafka.consumer({ groupId, maxWaitTimeInMs: 1_000, sessionTimeout: 6_000 }) as KafkaConsumer,
      producer: () => kafka.producer(),
      admin: () => kafka.admin(),
    },
    { prefix: schema, createTopics: { partitions: shardCount } },
  );
  return { part, close: () => part.close() };
}
