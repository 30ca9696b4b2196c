import { LONGEST_DELAY_MS } from '../../core/clock.js';
import { invalidArgument } from '../../core/errors.js';
import type { BasePriceStreamAdapterOptions } from '../../core/streams/base-price-stream-adapter-options.js';
import type { KafkaDeadLetterOptions } from './dead-letters.js';
import type { KafkaDecoder } from './json-price-decoder.js';
import type { KafkaConsumer } from './kafka-consumer.js';

/** Effect of a tombstone of a subscribed symbol; see the option `tombstones`. */
export type TombstoneEffect = 'none' | 'stale' | 'closed';

/** Options of `KafkaPriceStreamAdapter`. */
export interface KafkaPriceStreamAdapterOptions extends BasePriceStreamAdapterOptions {
  /**
   * A function that makes a consumer for each `connect()`, or one consumer that is not connected. Pass a function if `connect()` is called
   * more than once: a consumer of `@confluentinc/kafka-javascript` connects only once, and one of `kafkajs` that connects again at once may
   * be disconnected by its own earlier connection.
   */
  readonly consumer: KafkaConsumer | (() => KafkaConsumer);
  /** One topic, or several. */
  readonly topics: string | readonly string[];
  /** Decodes the values of records. Default {@link decodeJsonPrice}. */
  readonly decode?: KafkaDecoder;
  /**
   * Where a group starts in a partition without a committed offset: `false` at the end, `true` at the oldest record. Default: the
   * consumer's own setting, which is the end. Leave it out with `@confluentinc/kafka-javascript`, where the consumer is created with it.
   */
  readonly fromBeginning?: boolean;
  /**
   * Effect of a tombstone, a record without a value, whose key is a subscribed symbol. `none`: it is only counted. `stale`: a gap of the
   * symbol is delivered, so that its last price is stale until the next one. `closed`: its last price is delivered again with state
   * `closed`. Default `none`.
   */
  readonly tombstones?: TombstoneEffect;
  /** Topic for rejected records. Default: they are only counted. */
  readonly deadLetters?: KafkaDeadLetterOptions;
  /** Time limit of `connect()`, until the consumer has joined the group and got the response to a fetch, in ms. Default 30,000. */
  readonly connectTimeoutMs?: number;
  /**
   * Time without a response of any broker after which the link counts as broken, in ms. Must exceed the consumer's `maxWaitTimeInMs` (5,000
   * unless set), the longest wait of a fetch without records. Default 10,000. Needs a consumer with events (`on()`).
   */
  readonly silenceMs?: number;
  /** Passwords and tokens of the client, which are masked in error messages. Default: none. */
  readonly secrets?: readonly string[];
}

/** Checked options with their defaults. */
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

/** Checks the options and fills in defaults. @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
export function readKafkaOptions(options: KafkaPriceStreamAdapterOptions): KafkaSettings {
  const { consumer, tombstones = 'none', connectTimeoutMs = 30_000, silenceMs = 10_000 } = options;
  const topics: readonly unknown[] = Array.isArray(options.topics) ? options.topics : [options.topics];
  const isTopic = (topic: unknown): topic is string => typeof topic === 'string' && topic !== '';
  if (topics.length === 0 || !topics.every(isTopic))
    throw invalidArgument(`${WHERE}: topics`, options.topics, 'a topic, or an array of at least one topic');
  if (typeof consumer !== 'function' && typeof consumer?.run !== 'function')
    throw invalidArgument(
      `${WHERE}: consumer`,
      consumer,
      'a consumer of the KafkaJS API, or a function that makes one',
    );
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
  if (!(ms > 0 && ms <= LONGEST_DELAY_MS))
    throw invalidArgument(`${WHERE}: ${name}`, ms, `ms above 0, to ${LONGEST_DELAY_MS}`);
}
