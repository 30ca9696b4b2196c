import { invalidArgument } from '../../core/errors.js';
import type { BasePriceStreamAdapterOptions } from '../../core/streams/base-price-stream-adapter.js';
import type { KafkaDeadLetterOptions } from './dead-letters.js';
import type { KafkaDecoder } from './json-price-decoder.js';
import type { KafkaConsumer } from './kafka-consumer.js';

/** What a tombstone of a subscribed symbol does beside being counted. */
export type TombstoneEffect = 'none' | 'stale' | 'closed';

/** Options of `KafkaPriceStreamAdapter`. */
export interface KafkaPriceStreamAdapterOptions extends BasePriceStreamAdapterOptions {
  /**
   * A function that makes a consumer for each `connect()`, or one consumer that is not connected. One consumer serves one
   * `connect()`: that of `@confluentinc/kafka-javascript` connects only once, and that of kafkajs may be cut off by its own last
   * connection when it connects again at once.
   */
  readonly consumer: KafkaConsumer | (() => KafkaConsumer);
  /** The topics to read. */
  readonly topics: string | readonly string[];
  /** Reads the values. Default {@link decodeJsonPrice}. */
  readonly decode?: KafkaDecoder;
  /**
   * Where a group begins in a partition that it never committed an offset of: `false` at the end, `true` with the oldest
   * record. Default: the consumer's own setting, which is the end. Leave it out with `@confluentinc/kafka-javascript`, which
   * takes it when the consumer is made.
   */
  readonly fromBeginning?: boolean;
  /**
   * What a record without a value does, when its key is a subscribed symbol: `none`; `stale` delivers a gap of the symbol, so
   * that its last price counts as stale until a newer one comes; `closed` delivers its last price again with state `closed`.
   * Default `none`. Tombstones are counted always.
   */
  readonly tombstones?: TombstoneEffect;
  /** Sends records that cannot be read to a topic. Default: they are counted, no more. */
  readonly deadLetters?: KafkaDeadLetterOptions;
  /** How long `connect()` waits for a place in the group and the first answer to a fetch, in ms. Default 30,000. */
  readonly connectTimeoutMs?: number;
  /**
   * After how many ms without any answer of a broker the link counts as broken. Must exceed the consumer's
   * `maxWaitTimeInMs` (5,000 unless set), the longest wait of a fetch that finds nothing. Default 10,000. Only with a
   * consumer that tells events.
   */
  readonly silenceMs?: number;
  /** Passwords and tokens of the client: should an error quote one, it is blotted out. */
  readonly secrets?: readonly string[];
}

/** The options, read and filled up. */
export interface KafkaSettings {
  readonly makeConsumer: () => KafkaConsumer;
  readonly topics: readonly string[];
  readonly fromBeginning: boolean | undefined;
  readonly tombstones: TombstoneEffect;
  readonly connectTimeoutMs: number;
  readonly silenceMs: number;
  readonly secrets: readonly string[];
}

const WHERE = 'KafkaPriceStreamAdapter';

/** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
export function readKafkaOptions(options: KafkaPriceStreamAdapterOptions): KafkaSettings {
  const { consumer, tombstones = 'none', connectTimeoutMs = 30_000, silenceMs = 10_000 } = options;
  const topics: readonly unknown[] = Array.isArray(options.topics) ? options.topics : [options.topics];
  const isTopic = (topic: unknown): topic is string => typeof topic === 'string' && topic !== '';
  if (topics.length === 0 || !topics.every(isTopic))
    throw invalidArgument(`${WHERE}: topics`, options.topics, 'a topic, or an array of at least one');
  if (typeof consumer !== 'function' && typeof consumer?.run !== 'function')
    throw invalidArgument(`${WHERE}: consumer`, consumer, 'a consumer of the KafkaJS shape, or a function');
  if (!['none', 'stale', 'closed'].includes(tombstones))
    throw invalidArgument(`${WHERE}: tombstones`, tombstones, '"none", "stale" or "closed"');
  checkDuration('connectTimeoutMs', connectTimeoutMs);
  checkDuration('silenceMs', silenceMs);
  const { deadLetters } = options;
  if (deadLetters) {
    if (!isTopic(deadLetters.topic) || typeof deadLetters.producer?.send !== 'function')
      throw invalidArgument(`${WHERE}: deadLetters`, deadLetters, '{ producer, topic }');
    if (deadLetters.timeoutMs !== undefined) checkDuration('deadLetters.timeoutMs', deadLetters.timeoutMs);
  }
  return {
    makeConsumer: typeof consumer === 'function' ? consumer : () => consumer,
    topics,
    fromBeginning: options.fromBeginning,
    tombstones,
    connectTimeoutMs,
    silenceMs,
    secrets: options.secrets ?? [],
  };
}

function checkDuration(name: string, ms: number): void {
  if (!(ms > 0 && ms < 2 ** 31)) throw invalidArgument(`${WHERE}: ${name}`, ms, 'ms above 0, to 2147483647');
}
