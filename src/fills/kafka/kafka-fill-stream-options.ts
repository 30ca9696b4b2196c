import { systemClock, type Clock } from '../../core/clock.js';
import { invalidArgument, type TickmarkError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import {
  checkNumber,
  withDefaults,
  ERROR_RECEIVERS,
  TIME_AND_CHANCE,
  checkOptions,
  type OptionShapes,
} from '../../core/options.js';
import { systemRandom, type RandomSource } from '../../core/random.js';
import type { ConsumerGroupSettings } from '../../kafka-client/consumer-group-session-options.js';
import type { KafkaDeadLetterOptions } from '../../kafka-client/dead-letters.js';
import type { KafkaAdmin, KafkaConsumer } from '../../kafka-client/kafka-consumer.js';
import { checkDeadLetters, checkDuration } from '../../kafka-client/client-checks.js';
import { decodeJsonFill, type KafkaFillDecoder } from './json-fill-decoder.js';

/** What {@link KafkaFillStream} asks the brokers besides records. */
export interface KafkaFillAdmin {
  /** Makes an administrative client, such as `() => kafka.admin()`. */
  readonly client: () => KafkaAdmin;
  /** The group of the consumer. */
  readonly groupId: string;
}

/** Options of `KafkaFillStream`. */
export interface KafkaFillStreamOptions {
  /** Makes a consumer that is not connected, for each `read()` and after each failure. Its group has the offsets. */
  readonly consumer: () => KafkaConsumer;
  /** The topic. */
  readonly topic: string;
  /**
   * Where a partition is read from first. `'committed'`: from the offset that the group has committed, and from the oldest record where it has
   * none. `'beginning'`: from the oldest record. A number: from the first record at or after that time, ms since 1970; needs `admin`. A partition is
   * read from its committed offset again when this stream has committed one. Default `'committed'`.
   */
  readonly from?: 'committed' | 'beginning' | number;
  /** Decodes records. Default {@link decodeJsonFill}. */
  readonly decode?: KafkaFillDecoder;
  /** With it, records that were deleted before the group has read them are noticed at the start, and for certain. Default: none. */
  readonly admin?: KafkaFillAdmin;
  /** Topic for rejected records. Default: they are reported and counted only. */
  readonly deadLetters?: KafkaDeadLetterOptions;
  /** Most records in a list. Default 500. */
  readonly listSize?: number;
  /** Time limit until the consumer has joined the group and got the response to a fetch, in ms. Default 30,000. */
  readonly connectTimeoutMs?: number;
  /** Time without a response of any broker after which the link counts as broken, in ms. Above the consumer's `maxWaitTimeInMs`. Default 10,000. */
  readonly silenceMs?: number;
  /** How long the end of `read()` waits for the consumer to disconnect, in ms. Default 10,000. */
  readonly closeTimeoutMs?: number;
  /** Passwords and tokens of the client, which are masked in error messages. Default: none. */
  readonly secrets?: readonly string[];
  /** Called when the link breaks, with the first record that is rejected for a reason, and when dead letters cannot be sent. */
  readonly onError?: (error: TickmarkError) => void;
  /** Logs what `onError` gets. */
  readonly logger?: Logger;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance, for the jitter between retries. Default: one that differs from run to run. */
  readonly random?: RandomSource;
}

/** Checked options with their defaults. */
export interface KafkaFillSettings extends ConsumerGroupSettings {
  readonly makeConsumer: () => KafkaConsumer;
  readonly topic: string;
  readonly from: 'committed' | 'beginning' | number;
  readonly decode: KafkaFillDecoder;
  readonly admin: KafkaFillAdmin | undefined;
  readonly listSize: number;
  readonly closeTimeoutMs: number;
  readonly clock: Clock;
  readonly random: RandomSource;
}

const WHERE = 'KafkaFillStream';

const SHAPES: OptionShapes<KafkaFillStreamOptions> = {
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  consumer: true,
  topic: true,
  from: true,
  decode: true,
  admin: true,
  deadLetters: true,
  listSize: true,
  connectTimeoutMs: true,
  silenceMs: true,
  closeTimeoutMs: true,
  secrets: true,
};

/** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
export function kafkaFillSettings(options: KafkaFillStreamOptions): KafkaFillSettings {
  checkOptions(WHERE, options, SHAPES);
  const { consumer, topic, admin } = options;
  const settings = withDefaults(options, {
    from: 'committed' as 'committed' | 'beginning' | number,
    decode: decodeJsonFill,
    listSize: 500,
    connectTimeoutMs: 30_000,
    silenceMs: 10_000,
    closeTimeoutMs: 10_000,
    clock: systemClock,
    random: systemRandom,
  });
  const { from, decode } = settings;
  const check = (isGood: boolean, name: string, given: unknown, accepted: string): void => {
    if (!isGood) throw invalidArgument(`${WHERE}: ${name}`, given, accepted);
  };
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
  check(typeof consumer === 'function', 'consumer', consumer, 'a function that makes a consumer');
  check(isText(topic), 'topic', topic, 'the name of a topic');
  check(typeof decode === 'function', 'decode', decode, 'a function');
  const isTime = typeof from === 'number' && from >= 0 && from <= Number.MAX_SAFE_INTEGER;
  const isWord = from === 'committed' || from === 'beginning';
  check(isTime || isWord, 'from', from, '"committed", "beginning", or a time in ms since 1970');
  const isAdmin = typeof admin?.client === 'function' && isText(admin.groupId);
  check(admin === undefined || isAdmin, 'admin', admin, '{ client, groupId }');
  check(!isTime || isAdmin, 'admin', admin, '{ client, groupId }, which reading from a time needs');
  checkNumber(`${WHERE}: listSize`, settings.listSize, { from: 1, isWhole: true });
  for (const name of ['connectTimeoutMs', 'silenceMs', 'closeTimeoutMs'] as const)
    checkDuration(WHERE, name, settings[name]);
  checkDeadLetters(WHERE, options.deadLetters);
  return {
    ...settings,
    makeConsumer: consumer,
    topic,
    topics: [topic],
    // Where the group has committed nothing, or what it has committed is deleted: no fill that exists is skipped.
    fromBeginning: true,
    admin,
    source: { name: WHERE, secrets: options.secrets ?? [] },
  };
}
