import { checkDelay, systemClock, type Clock } from '../core/clock.js';
import { errorReporter } from '../core/error-reporter.js';
import type { TickmarkError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { EventCodecs, type EventCodec, type EventEncoding } from '../core/messaging/event-codec.js';
import { systemRandom, type RandomSource } from '../core/random.js';
import { withDefaults, ERROR_RECEIVERS, TIME_AND_CHANCE, type OptionShapes } from '../core/options.js';
import { knownCodecs } from '../core/engine/known-codecs.js';
import { copyClient } from './copied-client.js';
import { redisCommands } from './redis-commands.js';
import { type RedisClient } from './redis-client.js';
import { redisConnection } from './redis-connection.js';
import { RedisLink, type RedisLinkOptions } from './redis-link.js';
import { checkPrefix, redisNamespace, type RedisNamespace } from './redis-namespace.js';

/** Options that both Redis buses take. */
export interface RedisBusOptions {
  /**
   * Prefix of keys and channels, without braces. Default `'tickmark'`. A `keyPrefix` of the client precedes it. In a database other
   * than 0, names of channels have `@` and its number after it, because databases share channels.
   */
  readonly prefix?: string;
  /** Codecs of the application's own event types. Those of tickmark's events are built in. */
  readonly codecs?: readonly EventCodec[];
  /** Encoding of the messages that this bus sends. It reads both. Default `'json'`: CloudEvents. */
  readonly encoding?: EventEncoding;
  /** Version of the format that this bus sends, by event type, during an upgrade; see docs/versioning.md. Default: what each codec writes. */
  readonly formats?: Readonly<Record<string, number>>;
  /** Longest message sent or received, in bytes. Default 16 MiB. */
  readonly maxMessageBytes?: number;
  /** Time limit of `publish`, ms. Default 900. */
  readonly publishTimeoutMs?: number;
  /** Time between two pings of a link, ms. Default 1000. */
  readonly pingIntervalMs?: number;
  /** Time limit of an answer before the link counts as broken, ms. Default 1500. */
  readonly pingTimeoutMs?: number;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance, for ids and the jitter of reconnects. Default: the machine's. */
  readonly random?: RandomSource;
  /**
   * Called with errors that no caller awaits: `BUS_FAILED` when a link goes down, once for each reason until it is up again;
   * `MALFORMED_INPUT` for a message that cannot be read; `HANDLER_FAILED`. Errors it throws are dropped.
   * Default: only counters.
   */
  readonly onError?: (error: TickmarkError) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
}

/** What each option of both Redis buses may be. */
export const REDIS_BUS_OPTIONS: OptionShapes<RedisBusOptions> = {
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  prefix: 'string',
  codecs: true,
  encoding: true,
  formats: true,
  maxMessageBytes: true,
  publishTimeoutMs: true,
  pingIntervalMs: true,
  pingTimeoutMs: true,
};

/** What both Redis buses are made of. */
export interface RedisBusParts {
  readonly where: string;
  /** The option `prefix`. */
  readonly prefix: string;
  /** Namespace of the client. */
  readonly namespace: RedisNamespace;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly codecs: EventCodecs;
  readonly publishTimeoutMs: number;
  readonly pingTimeoutMs: number;
  /** Unique name of this bus: `source` of its messages. */
  readonly source: string;
  readonly onError: (error: TickmarkError) => void;
  /** Creates a link. @param oneNode See `copyClient`. */
  link(
    what: string,
    oneNode: boolean,
    options: Pick<RedisLinkOptions, 'prepare' | 'ping' | 'onMessage' | 'onUp' | 'onDown'>,
  ): RedisLink;
}

/** @throws TickmarkError `INVALID_ARGUMENT`. */
export function redisBusParts(client: RedisClient, options: RedisBusOptions, where: string): RedisBusParts {
  const { prefix, clock, random, publishTimeoutMs, pingIntervalMs, pingTimeoutMs } = withDefaults(options, {
    prefix: 'tickmark',
    clock: systemClock,
    random: systemRandom,
    publishTimeoutMs: 900,
    pingIntervalMs: 1000,
    pingTimeoutMs: 1500,
  });
  checkPrefix(prefix, where);
  checkDelay(publishTimeoutMs, `${where}: publishTimeoutMs`);
  checkDelay(pingIntervalMs, `${where}: pingIntervalMs`);
  checkDelay(pingTimeoutMs, `${where}: pingTimeoutMs`);
  redisCommands(client, `${where}: client`).close();
  const namespace = redisNamespace(client, `${where}: client`);
  const { encoding, formats, maxMessageBytes } = options;
  const codecs = new EventCodecs({
    codecs: [...knownCodecs(), ...(options.codecs ?? [])],
    ...(encoding !== undefined && { encoding }),
    ...(formats && { formats }),
    ...(maxMessageBytes !== undefined && { maxMessageBytes }),
  });
  const report = errorReporter(options);
  return {
    where,
    prefix,
    namespace,
    clock,
    random,
    codecs,
    publishTimeoutMs,
    pingTimeoutMs,
    source: `tickmark/${Math.floor(random() * 2 ** 52).toString(36)}`,
    onError: report,
    link: (what, oneNode, events) =>
      new RedisLink({
        where: `${where}: ${what}`,
        clock,
        random,
        pingIntervalMs,
        pingTimeoutMs,
        report,
        open: async (connectionEvents) => {
          const name = `${where}: client`;
          const { db } = namespace;
          const copy = await copyClient(client, {
            where: name,
            oneNode,
            db,
            random,
            timeoutMs: pingTimeoutMs,
          });
          return redisConnection(copy, name, connectionEvents);
        },
        ...events,
      }),
  };
}
