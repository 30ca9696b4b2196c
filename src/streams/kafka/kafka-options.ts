import { invalidArgument } from '../../core/errors.js';
import {
  STREAM_OPTIONS,
  type BasePriceStreamAdapterOptions,
} from '../../core/streams/base-price-stream-adapter-options.js';
import { checkDeadLetters, checkDuration, isTopic, topicsOf } from '../../kafka-client/client-checks.js';
import type { ConsumerGroupSettings } from '../../kafka-client/consumer-group-session-options.js';
import type { KafkaDeadLetterOptions } from '../../kafka-client/dead-letters.js';
import type { KafkaDecoder } from './json-price-decoder.js';
import type { KafkaAdmin, KafkaConsumer } from '../../kafka-client/kafka-consumer.js';
import { checkOptions, type OptionShapes } from '../../core/options.js';

/** Effect of a tombstone of a subscribed symbol; see the option `tombstones`. */
export type TombstoneEffect = 'none' | 'stale' | 'closed';

/** What a `KafkaPriceStreamAdapter` asks the brokers besides records. */
export interface KafkaPriceAdmin {
  /** Makes an administrative client, such as `() => kafka.admin()`. */
  readonly client: () => KafkaAdmin;
  /** The group of the consumer. */
  readonly groupId: string;
  /** Time between two looks at the topics, in ms. Default 3,000. */
  readonly everyMs?: number;
}

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
  /**
   * With it, the topics are looked at every few seconds. Partitions that are added are read from their beginning; after records that were
   * deleted unread, reading goes on with the oldest record that exists; both cause a gap, and so does a topic that was deleted and made again.
   * A group without a committed offset starts exactly where the topics ended when `connect()` was called. Needs a consumer with `on()`,
   * `seek()` and `stop()`: of `kafkajs`, `platformaticKafka()` or `confluentKafka()`. Default: none.
   */
  readonly admin?: KafkaPriceAdmin;
  /** Decodes the values of records. Default {@link decodeJsonPrice}. */
  readonly decode?: KafkaDecoder;
  /**
   * Where a group starts in a partition without a committed offset: `false` at the end, `true` at the oldest record. Default: the
   * consumer's own setting, which is the end. Leave it out with the KafkaJS API of
   * `@confluentinc/kafka-javascript`, where the consumer is created with it.
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
export interface KafkaSettings extends ConsumerGroupSettings {
  readonly makeConsumer: () => KafkaConsumer;
  readonly tombstones: TombstoneEffect;
  readonly admin: Required<KafkaPriceAdmin> | null;
}

const WHERE = 'KafkaPriceStreamAdapter';

const SHAPES: OptionShapes<KafkaPriceStreamAdapterOptions> = {
  ...STREAM_OPTIONS,
  consumer: true,
  topics: true,
  admin: true,
  decode: 'function',
  fromBeginning: 'boolean',
  tombstones: true,
  deadLetters: true,
  connectTimeoutMs: true,
  silenceMs: true,
  secrets: true,
};

/** Checks the options and fills in defaults. @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
export function readKafkaOptions(options: KafkaPriceStreamAdapterOptions): KafkaSettings {
  checkOptions(WHERE, options, SHAPES);
  const { consumer, tombstones = 'none', connectTimeoutMs = 30_000, silenceMs = 10_000 } = options;
  const topics = topicsOf(WHERE, options.topics);
  if (typeof consumer !== 'function' && typeof consumer?.run !== 'function')
    throw invalidArgument(
      `${WHERE}: consumer`,
      consumer,
      'a consumer of the KafkaJS API, or a function that makes one',
    );
  if (!['none', 'stale', 'closed'].includes(tombstones))
    throw invalidArgument(`${WHERE}: tombstones`, tombstones, '"none", "stale" or "closed"');
  checkDuration(WHERE, 'connectTimeoutMs', connectTimeoutMs);
  checkDuration(WHERE, 'silenceMs', silenceMs);
  checkDeadLetters(WHERE, options.deadLetters);
  if (options.admin)
    checkOptions(`${WHERE}: admin`, options.admin, { client: true, groupId: true, everyMs: true });
  const admin = options.admin ? { everyMs: 3000, ...options.admin } : null;
  if (admin && (typeof admin.client !== 'function' || !isTopic(admin.groupId)))
    throw invalidArgument(`${WHERE}: admin`, options.admin, '{ client, groupId }');
  if (admin) checkDuration(WHERE, 'admin.everyMs', admin.everyMs);
  return {
    makeConsumer: typeof consumer === 'function' ? consumer : () => consumer,
    topics,
    fromBeginning: options.fromBeginning,
    tombstones,
    admin,
    connectTimeoutMs,
    silenceMs,
    source: { name: WHERE, secrets: options.secrets ?? [] },
  };
}
