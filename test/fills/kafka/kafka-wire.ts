import { connect, type Socket } from 'node:net';
import { Kafka, logLevel, type Admin, type Consumer, type Producer } from 'kafkajs';
import type { KafkaServer } from '../../servers/kafka-broker.js';
import { until } from '../../waiting.js';

let number = 0;

/** A name for a topic or a group that no other run has used. */
export const freshName = (what: string): string => `${what}-${process.pid}-${Date.now()}-${++number}`;

/** A client of a broker, whose connections a test can cut. */
export class CuttableKafka {
  readonly kafka: Kafka;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  constructor({ broker, host, port }: KafkaServer) {
    this.kafka = new Kafka({
      brokers: [broker],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 30_000,
      requestTimeout: 30_000,
      retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 3 },
      socketFactory: ({ onConnect }) => {
        const socket = connect({ host, port: this.#isCut ? 1 : port }, onConnect);
        this.#sockets.add(socket);
        return socket.on('close', () => this.#sockets.delete(socket));
      },
    });
  }

  /** A consumer whose group notices within seconds that it is gone. */
  consumer(groupId: string): Consumer {
    return this.kafka.consumer({
      groupId,
      maxWaitTimeInMs: 50,
      heartbeatInterval: 200,
      sessionTimeout: 2000,
      rebalanceTimeout: 6000,
    });
  }

  /** Cuts all connections and refuses new ones: nothing more is committed, and the group hears nothing. */
  cut(): void {
    this.#isCut = true;
    // As a reset of the connection: kafkajs does not hear of one that only closes.
    for (const socket of this.#sockets) socket.destroy(new Error('read ECONNRESET'));
  }

  mend(): void {
    this.#isCut = false;
  }
}

/** A connected producer and a connected admin, which retry patiently: a topic that was just made has no leader for a moment. */
export async function connected({ broker }: KafkaServer): Promise<{ producer: Producer; admin: Admin }> {
  const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 30 };
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry });
  const [producer, admin] = [kafka.producer(), kafka.admin()];
  await Promise.all([producer.connect(), admin.connect()]);
  return { producer, admin };
}

/** A new topic that takes records. `waitForLeaders` of kafkajs fails when the broker does not know the topic yet. */
export async function newTopic(
  admin: Admin,
  what: string,
  numPartitions: number,
  configEntries: { name: string; value: string }[] = [],
): Promise<string> {
  const topic = freshName(what);
  await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: false });
  await partitionsKnown(admin, topic, numPartitions);
  return topic;
}

/** Gives a topic more partitions. A producer of kafkajs that hears of the topic too early leaves out what is sent to them, without an error. */
export async function addPartitions(admin: Admin, topic: string, count: number): Promise<void> {
  await admin.createPartitions({ topicPartitions: [{ topic, count }] });
  await partitionsKnown(admin, topic, count);
}

async function partitionsKnown(admin: Admin, topic: string, count: number): Promise<void> {
  await until(
    `${count} partitions of topic ${topic} are known`,
    () =>
      admin.fetchTopicMetadata({ topics: [topic] }).then(
        ({ topics }) => topics[0]!.partitions.length === count,
        () => false,
      ),
    { everyMs: 20 },
  );
}

/** Deletes the records of partition 0 before an offset. With a client of its own: what tests that run beside ask makes a shared one forget the topic. */
export async function deleteRecords(server: KafkaServer, topic: string, offset: string): Promise<void> {
  await until(`records of ${topic} before ${offset} are deleted`, async () => {
    const { admin, producer } = await connected(server);
    try {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
      return true;
    } catch {
      return false;
    } finally {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    }
  });
}

/**
 * Deletes a topic and makes it again, unless a consumer was quicker: when one asks for a topic that is missing, the broker makes it. Resolves when the
 * broker has the new one: for a while it answers, and takes records, for the old one.
 */
export async function makeTopicAnew(
  server: KafkaServer,
  topic: string,
  numPartitions: number,
): Promise<void> {
  const { admin, producer } = await connected(server);
  await admin.deleteTopics({ topics: [topic] });
  await admin
    .createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false })
    .catch(() => undefined);
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  await until(`topic ${topic} is empty`, async () => {
    const fresh = await connected(server);
    try {
      const offsets = await fresh.admin.fetchTopicOffsets(topic);
      return offsets.length > 0 && offsets.every(({ high }) => high === '0');
    } catch {
      return false;
    } finally {
      await Promise.all([fresh.admin.disconnect(), fresh.producer.disconnect()]);
    }
  });
}
