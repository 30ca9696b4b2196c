import { retryDelay } from '../core/backoff.js';
import { sleep, systemClock, type Clock } from '../core/clock.js';
import { errorReporter } from '../core/error-reporter.js';
import { TickmarkError, invalidArgument } from '../core/errors.js';
import type { Fill, FillGap, FillMessage, FillStream } from '../core/fills/fill-stream.js';
import type { Logger } from '../core/logger.js';
import { checkDelay } from '../core/clock.js';
import {
  withDefaults,
  ERROR_RECEIVERS,
  TIME_AND_CHANCE,
  checkOptions,
  type OptionShapes,
} from '../core/options.js';
import { systemRandom, type RandomSource } from '../core/random.js';
import { fillsOfCcxt, type CcxtTrade } from './ccxt-trade.js';
import { ABORTED, untilAborted } from './until-aborted.js';
import { keepRaw } from '../core/keep-raw.js';

/** The part of an exchange of ccxt (`ccxt.pro`) that {@link CcxtFillStream} uses. */
export interface CcxtExchange {
  readonly id: string;
  /** Resolves with new trades of the account. */
  watchMyTrades(symbol?: string): Promise<readonly CcxtTrade[]>;
  /** Past trades of the account. Without it, what was missed during a break is lost, and reported as a gap. */
  fetchMyTrades?(symbol?: string, since?: number, limit?: number): Promise<readonly CcxtTrade[]>;
}

/** Options of {@link CcxtFillStream}. */
export interface CcxtFillStreamOptions {
  /** An exchange with the keys of the account. You close it. */
  readonly exchange: CcxtExchange;
  /** Name of the account in messages. */
  readonly account: string;
  /** Market, such as `'BTC/USDT'`. Default: all markets of the account, where the exchange can do that. */
  readonly symbol?: string;
  /** Fetches trades from this time on first, ms since 1970: those that are booked already change nothing. Default: none. */
  readonly since?: number;
  /** How far before the last known trade it fetches after a break, in ms: trades may become visible late. Default 60,000. */
  readonly overlapMs?: number;
  /** Called when the exchange fails; reading continues. */
  readonly onError?: (error: TickmarkError) => void;
  /** Logs what `onError` gets. */
  readonly logger?: Logger;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance, for the jitter between retries. Default: one that differs from run to run. */
  readonly random?: RandomSource;
}

const SHAPES: OptionShapes<CcxtFillStreamOptions> = {
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  exchange: true,
  account: true,
  symbol: 'string',
  since: true,
  overlapMs: true,
};
const RETRY_BOUNDS = { firstMs: 250, capMs: 30_000 };
const PAGES = 1000;
// https://github.com/ccxt/ccxt/wiki/Manual#exception-hierarchy
const REFUSALS = new Set([
  'AuthenticationError',
  'PermissionDenied',
  'AccountNotEnabled',
  'AccountSuspended',
]);

/**
 * The trades of an account, as ccxt's `watchMyTrades` gives them. After a break it fetches what it missed with `fetchMyTrades`.
 *
 * A fee in the coin that was bought is taken off the units (`feeQuantity`); any other fee is paid in its currency. Ids are
 * `exchange:market:trade`.
 * @example
 * ```ts
 * import { CcxtFillStream, type CcxtExchange } from 'tickmark/fills';
 *
 * declare const exchange: CcxtExchange; // new ccxt.pro.binance({ apiKey, secret })
 * const stream = new CcxtFillStream({ exchange, account: 'binance-main', symbol: 'BTC/USDT', since: Date.UTC(2026, 0, 1) });
 * for await (const messages of stream.read({ signal: AbortSignal.timeout(60_000) })) console.log(messages.length);
 * ```
 */
export class CcxtFillStream implements FillStream {
  static {
    keepRaw(this);
  }

  readonly #options: CcxtFillStreamOptions;
  readonly #overlapMs: number;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #report: (error: TickmarkError) => void;
  /** Trades before have been processed, ms since 1970. */
  #processedUntil: number;
  #isBehind: boolean;

  /** @throws TickmarkError `INVALID_ARGUMENT` for what is no exchange of ccxt, for an empty account or a negative time. */
  constructor(options: CcxtFillStreamOptions) {
    checkOptions('CcxtFillStream', options, SHAPES);
    const { exchange, account, since } = options;
    if (typeof exchange?.watchMyTrades !== 'function')
      throw invalidArgument('CcxtFillStream: exchange', exchange, 'an exchange of ccxt with watchMyTrades()');
    if (typeof account !== 'string' || account === '')
      throw invalidArgument('CcxtFillStream: account', account, 'a string that is not empty');
    if (since !== undefined && !(since >= 0))
      throw invalidArgument('CcxtFillStream: since', since, 'ms since 1970');
    const { overlapMs, clock, random } = withDefaults(options, {
      overlapMs: 60_000,
      clock: systemClock,
      random: systemRandom,
    });
    checkDelay(overlapMs, 'CcxtFillStream: overlapMs');
    this.#options = options;
    this.#overlapMs = overlapMs;
    this.#clock = clock;
    this.#random = random;
    this.#report = errorReporter(options);
    this.#processedUntil = since ?? clock.now();
    this.#isBehind = since !== undefined;
  }

  async *read({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<readonly FillMessage[]> {
    const { exchange, symbol } = this.#options;
    for (let failures = 1; !signal?.aborted; failures++) {
      try {
        if (this.#isBehind && exchange.fetchMyTrades) {
          yield* this.#missed(exchange.fetchMyTrades.bind(exchange), signal);
          this.#isBehind = false;
        }
        const trades = await untilAborted(exchange.watchMyTrades(symbol), signal);
        if (trades === ABORTED) return;
        failures = 0;
        // Only now is it known until when trades may be missing.
        if (this.#isBehind) yield [this.#gap()];
        // Until it is processed, it counts as missed.
        this.#isBehind = true;
        yield* this.#fills(trades);
        this.#isBehind = false;
      } catch (cause) {
        this.#isBehind = true;
        const error = failureOf(exchange, cause);
        if (!error.retryable) throw error;
        this.#report(error);
        const delay = retryDelay(Math.max(1, failures), RETRY_BOUNDS, this.#random);
        await sleep(this.#clock, delay, signal).catch(() => undefined);
      }
    }
  }

  async *#missed(
    fetchMyTrades: NonNullable<CcxtExchange['fetchMyTrades']>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly FillMessage[]> {
    const { symbol } = this.#options;
    let from = Math.max(0, this.#processedUntil - this.#overlapMs);
    let isPastMoment = false;
    const seen = new Set<string>();
    // Exchanges return pages from `since` on, oldest first.
    for (let page = 0; page < PAGES; page++) {
      const trades = await untilAborted(fetchMyTrades(symbol, from), signal);
      if (trades === ABORTED) return;
      const fresh = trades.filter(({ id, symbol: market }) => !seen.has(`${market}:${id}`));
      if (fresh.length === 0) {
        if (trades.length === 0) return;
        // The end, or a page that is full of trades of one moment: what comes after it shows which.
        from++;
        isPastMoment = true;
        continue;
      }
      if (isPastMoment) yield [this.#gapOf(from - 1, from)];
      isPastMoment = false;
      for (const { id, symbol: market } of fresh) seen.add(`${market}:${id}`);
      from = Math.max(from, ...fresh.map(({ timestamp }) => timestamp));
      yield* this.#fills(fresh);
    }
  }

  *#fills(trades: readonly CcxtTrade[]): Generator<readonly Fill[]> {
    const { exchange, account } = this.#options;
    const fills = trades.flatMap((trade) => {
      try {
        return fillsOfCcxt(trade, exchange.id, account);
      } catch (error) {
        this.#report(error as TickmarkError);
        return [];
      }
    });
    if (fills.length > 0) yield fills;
    for (const { timestamp } of trades)
      if (timestamp > this.#processedUntil) this.#processedUntil = timestamp;
  }

  #gap(): FillGap {
    const [from, to] = [this.#processedUntil, this.#clock.now()];
    this.#processedUntil = to;
    return this.#gapOf(from, to);
  }

  #gapOf(from: number, to: number): FillGap {
    return { type: 'gap', account: this.#options.account, from, to, reason: 'disconnect' };
  }
}

function failureOf({ id }: CcxtExchange, cause: unknown): TickmarkError {
  const name = (cause as Error | undefined)?.name ?? '';
  if (REFUSALS.has(name))
    return new TickmarkError('UNAUTHORIZED', `CcxtFillStream: ${id} does not accept the keys (${name}).`, {
      cause,
    });
  const message = `CcxtFillStream: ${id} failed; trades are read again.`;
  return new TickmarkError('STREAM_FAILED', message, { retryable: true, cause });
}
