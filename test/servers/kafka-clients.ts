import { createRequire as requireFrom } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import {
  confluentKafka,
  platformaticKafka,
  type ConfluentModule,
  type KafkaBatchProducer,
  type KafkaClients,
  type KafkaConsumer,
  type PlatformaticModule,
} from '../../src/kafka/index.js';
import { canUse, type Requirement } from '../requirements.js';

/** A package that talks to Kafka. */
export type KafkaPackage = 'kafkajs' | '@platformatic/kafka' | '@confluentinc/kafka-javascript';

/** Where the clients besides kafkajs are installed: one of them is compiled, so `npm ci` leaves them out. */
const INSTALLED = fileURLToPath(new URL('kafka-clients/', import.meta.url));
const load = requireFrom(join(INSTALLED, 'package.json'));

/** Those that are installed there. */
export const OTHER_KAFKA_PACKAGES: readonly KafkaPackage[] = [
  '@platformatic/kafka',
  '@confluentinc/kafka-javascript',
];

/** All of them. */
export const KAFKA_PACKAGES: readonly KafkaPackage[] = ['kafkajs', ...OTHER_KAFKA_PACKAGES];

let found: Requirement | undefined;

/** The clients besides kafkajs, in a folder of their own. */
export function kafkaClientPackages(): Requirement {
  found ??= {
    name: 'the other clients of Kafka',
    isThere: OTHER_KAFKA_PACKAGES.every(loads),
    howToGet: 'npm ci --prefix test/servers/kafka-clients',
  };
  return found;
}

/** Whether tests with a client can run here. */
export function canUseKafkaPackage(name: KafkaPackage): boolean {
  return name === 'kafkajs' || canUse(kafkaClientPackages());
}

/** Time limits of clients, in ms. */
export interface ClientTimes {
  readonly sessionTimeout: number;
}

/** Makes clients of a broker, or of several with commas between them, with the settings of the documentation. */
export function kafkaClients(
  name: KafkaPackage,
  broker: string,
  { sessionTimeout }: ClientTimes,
): KafkaClients {
  switch (name) {
    case 'kafkajs': {
      const retry = { initialRetryTime: 100, maxRetryTime: 1_000 };
      const kafka = new Kafka({
        brokers: broker.split(','),
        logLevel: logLevel.NOTHING,
        requestTimeout: 5_000,
        retry,
      });
      return {
        consumer: (settings) =>
          kafka.consumer({ maxWaitTimeInMs: 500, sessionTimeout, ...settings }) as KafkaConsumer,
        producer: () => kafka.producer(),
        admin: () => kafka.admin(),
      };
    }
    case '@platformatic/kafka': {
      const module = load(name) as PlatformaticModule;
      const kafka = platformaticKafka(module, { clientId: 'test', bootstrapBrokers: broker.split(',') });
      return { ...kafka, consumer: (settings) => kafka.consumer({ sessionTimeout, ...settings }) };
    }
    case '@confluentinc/kafka-javascript': {
      const module = load(name) as ConfluentModule;
      const kafka = confluentKafka(module, { 'bootstrap.servers': broker });
      return { ...kafka, consumer: (settings) => kafka.consumer({ sessionTimeout, ...settings }) };
    }
  }
}

/** A producer whose records are compressed, which kafkajs cannot do by itself. */
export function compressingProducer(broker: string, codec: string): KafkaBatchProducer {
  const module = load('@confluentinc/kafka-javascript') as ConfluentModule;
  return confluentKafka(module, { 'bootstrap.servers': broker, 'compression.codec': codec }).producer();
}

function loads(name: KafkaPackage): boolean {
  try {
    load(name);
    return true;
  } catch {
    return false;
  }
}
