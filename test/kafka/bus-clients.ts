import type { DomainEvent } from '../../src/core/messaging/event-bus.js';
import type { EventCodec } from '../../src/core/messaging/event-codec.js';
import type { KafkaConsumer, KafkaEventBusClients, KafkaEventBusOptions } from '../../src/kafka/index.js';
import { CuttableKafka } from '../fills/kafka/kafka-wire.js';
import type { KafkaServer } from '../servers/kafka-broker.js';
import { HUNG_AFTER_MS } from '../waiting.js';

/** Clients of a bus, whose connections a test can cut. */
export function busClients(server: KafkaServer): { wire: CuttableKafka; clients: KafkaEventBusClients } {
  const wire = new CuttableKafka(server);
  const clients = {
    consumer: (groupId: string) => wire.consumer(groupId) as KafkaConsumer,
    producer: () => wire.kafka.producer(),
    admin: () => wire.kafka.admin(),
  };
  return { wire, clients };
}

/** Time limits that a busy machine keeps. */
export const UNHURRIED: KafkaEventBusOptions = {
  createTopics: { partitions: 4 },
  publishTimeoutMs: HUNG_AFTER_MS,
  connectTimeoutMs: HUNG_AFTER_MS,
  silenceMs: HUNG_AFTER_MS,
};

interface State extends DomainEvent {
  readonly n: number;
  readonly count: number;
}

const state = (event: State): State => ({
  ...event,
  conflate: (later: State) => state({ ...later, count: event.count + later.count }),
});

/** Decodes the conformance kit's state events as events that conflate. */
export const STATE_CODEC: EventCodec = {
  type: 'tickmark.conformance.state',
  encode: (event, data) => data.numbers('state', [(event as State).n, (event as State).count]),
  decode: (data, head) => {
    const [n, count] = data.numbers('state', 2);
    return state({ ...head, n: n!, count: count! });
  },
};
