/** What an error of a client is, in the terms of kafkajs. */
export interface ClientErrorDetails {
  readonly message: string;
  /** Name of the error in Kafka's protocol, such as `UNKNOWN_TOPIC_OR_PARTITION`; `undefined` if no broker has sent it. */
  readonly type?: string | undefined;
  /** Code of the client. */
  readonly code?: string | undefined;
  /** Whether the same call may succeed later. */
  readonly retriable: boolean;
}

/** An error of a client in the shape of one of kafkajs, which all parts understand. */
export class ClientError extends Error {
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly retriable: boolean;

  constructor({ message, type, code, retriable }: ClientErrorDetails) {
    super(message);
    this.name = type === undefined ? 'KafkaJSError' : 'KafkaJSProtocolError';
    this.type = type;
    this.code = type ?? code;
    this.retriable = retriable;
  }
}

/** The error for a topic that does not exist. */
export function unknownTopic(topic: string): ClientError {
  const type = 'UNKNOWN_TOPIC_OR_PARTITION';
  return new ClientError({ message: `topic ${topic} does not exist`, type, retriable: true });
}

// A topic that is deleted may come back, a member that is thrown out may join again; these stay.
const FINAL =
  /AUTHENTICATION|AUTHORIZATION_FAILED|UNSUPPORTED|INVALID_GROUP_ID|INVALID_SESSION_TIMEOUT|INCONSISTENT_GROUP_PROTOCOL|INVALID_REQUEST|_USER$/;

/** Whether a consumer that fails with it would fail again and again. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof ClientError)) return (error as { retriable?: unknown }).retriable === false;
  return FINAL.test(error.code ?? '');
}
