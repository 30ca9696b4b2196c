import { checkDelay, systemClock, type Clock } from '../core/clock.js';
import { TickmarkError, invalidArgument } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import {
  checkNumber,
  withDefaults,
  ERROR_RECEIVERS,
  TIME_AND_CHANCE,
  checkOptions,
  type OptionShapes,
} from '../core/options.js';
import { systemRandom, type RandomSource } from '../core/random.js';
import { checkHttpUrl, platformFetch, type FetchFunction } from '../streams/connection/http-fetch.js';
import type { FillSocketClass } from './alpaca-updates.js';

/** Options of `AlpacaFillStream`. */
export interface AlpacaFillStreamOptions {
  /** Name of the account in messages. */
  readonly account: string;
  /** Key id. */
  readonly key: string;
  /** Secret key. */
  readonly secret: string;
  /** Default `https://api.alpaca.markets`; for paper accounts `https://paper-api.alpaca.markets`. */
  readonly url?: string;
  /** Fetches fills from this time on first, ms since 1970: those that are booked already change nothing. Default: none from before. */
  readonly since?: number;
  /** Your name of a symbol. Alpaca writes crypto as `BTC/USD` in fills and as `BTCUSD` in positions. Default: as Alpaca writes it. */
  readonly symbolOf?: (symbol: string) => string;
  /** How far before the last known fill, or `since`, it fetches, in ms: fills may become visible late. Default 60,000. */
  readonly overlapMs?: number;
  /** How often it fetches when no fill is announced, in ms: an announcement may be lost. Default 60,000. */
  readonly pollMs?: number;
  /** Time limit of a request, and of connecting, in ms. Default 10,000. */
  readonly timeoutMs?: number;
  /** Default: that of the platform. Node has one from version 22 on; before, hand in that of the package `ws`. */
  readonly WebSocket?: FillSocketClass;
  /** Default: that of the platform. */
  readonly fetch?: FetchFunction;
  /** Called when Alpaca fails, and with what cannot be read; reading continues. */
  readonly onError?: (error: TickmarkError) => void;
  /** Logs what `onError` gets. */
  readonly logger?: Logger;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance, for the jitter between retries. Default: one that differs from run to run. */
  readonly random?: RandomSource;
}

const SHAPES: OptionShapes<AlpacaFillStreamOptions> = {
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  account: true,
  key: true,
  secret: true,
  url: true,
  since: true,
  symbolOf: 'function',
  overlapMs: true,
  pollMs: true,
  timeoutMs: true,
  WebSocket: 'function',
  fetch: 'function',
};

/** Options with their defaults. */
export type AlpacaSettings = Required<Omit<AlpacaFillStreamOptions, 'onError' | 'logger'>>;

/** @throws TickmarkError `INVALID_ARGUMENT`; `MISSING_PACKAGE` where there is no `WebSocket`. */
export function alpacaSettings(options: AlpacaFillStreamOptions): AlpacaSettings {
  checkOptions('AlpacaFillStream', options, SHAPES);
  const { account, key, secret } = options;
  if (typeof account !== 'string' || account === '')
    throw invalidArgument('AlpacaFillStream: account', account, 'a string that is not empty');
  for (const [name, value] of Object.entries({ key, secret })) {
    // Not shown: it may be a secret all the same.
    const isGood = typeof value === 'string' && /^[\x21-\x7E]+$/.test(value);
    if (!isGood)
      throw invalidArgument(
        `AlpacaFillStream: ${name}`,
        typeof value,
        'a string of ASCII characters, not empty',
      );
  }
  const { WebSocket = (globalThis as { WebSocket?: FillSocketClass }).WebSocket } = options;
  if (!WebSocket) {
    const message =
      'AlpacaFillStream: this platform has no WebSocket (Node has one from version 22 on). Hand in that of the package "ws".';
    throw new TickmarkError('MISSING_PACKAGE', message);
  }
  const clock = options.clock ?? systemClock;
  const settings = withDefaults(options, {
    url: 'https://api.alpaca.markets',
    since: clock.now(),
    symbolOf: (symbol: string) => symbol,
    overlapMs: 60_000,
    pollMs: 60_000,
    timeoutMs: 10_000,
    fetch: platformFetch,
    random: systemRandom,
  });
  checkHttpUrl('AlpacaFillStream: url', settings.url);
  if (!(settings.since >= 0))
    throw invalidArgument('AlpacaFillStream: since', settings.since, 'ms since 1970');
  checkNumber('AlpacaFillStream: pollMs', settings.pollMs, { from: 1 });
  for (const name of ['overlapMs', 'pollMs', 'timeoutMs'] as const)
    checkDelay(settings[name], `AlpacaFillStream: ${name}`);
  return { ...settings, account, key, secret, WebSocket, clock, url: settings.url.replace(/\/+$/, '') };
}
