import { ClientError } from '../client-error.js';

// Names of Kafka's protocol by number. Source: https://kafka.apache.org/protocol#protocol_error_codes; negative ones are librdkafka's own:
// https://github.com/confluentinc/librdkafka/blob/master/src/rdkafka.h
const TYPES: Readonly<Record<number, string>> = {
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  [-188]: 'UNKNOWN_TOPIC_OR_PARTITION',
  10: 'MESSAGE_TOO_LARGE',
  18: 'RECORD_LIST_TOO_LARGE',
  23: 'INCONSISTENT_GROUP_PROTOCOL',
  24: 'INVALID_GROUP_ID',
  26: 'INVALID_SESSION_TIMEOUT',
  29: 'TOPIC_AUTHORIZATION_FAILED',
  30: 'GROUP_AUTHORIZATION_FAILED',
  31: 'CLUSTER_AUTHORIZATION_FAILED',
  35: 'UNSUPPORTED_VERSION',
  58: 'SASL_AUTHENTICATION_FAILED',
  [-169]: 'SASL_AUTHENTICATION_FAILED',
};

/** Number for a partition that the client does not know. */
export const UNKNOWN_PARTITION = -190;

/** An error of `@confluentinc/kafka-javascript` in the terms of kafkajs. */
export function confluentError(error: unknown): unknown {
  if (error instanceof ClientError) return error;
  const [first] = ((error as { errors?: unknown[] } | null)?.errors ?? []) as unknown[];
  const { code, message } = (first ?? error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code !== 'number') return error;
  const type = TYPES[code];
  const isMissing = type === 'UNKNOWN_TOPIC_OR_PARTITION';
  return new ClientError({
    message: String(message),
    type,
    code: `librdkafka ${code}`,
    retriable: type === undefined || isMissing,
  });
}
