import type { PreviousClose, PreviousClosesRequest } from '../../calendars/previous-closes.js';
import type { TradingCalendar } from '../../calendars/trading-calendar.js';
import { systemRandom, type RandomSource } from '../../random.js';
import { errorText } from '../../error-text.js';
import { quote, type TickmarkError } from '../../errors.js';
import { BasePriceStreamAdapter } from '../base-price-stream-adapter.js';
import { STREAM_OPTIONS, type BasePriceStreamAdapterOptions } from '../base-price-stream-adapter-options.js';
import type { PriceStreamAdapter } from '../price-stream-adapter.js';
import type { PriceStreamStats } from '../price-stream-broadcast.js';
import type { PriceStreamLink } from '../price-stream-link.js';
import { SymbolRefusedError } from '../symbol-refused-error.js';
import { namedStreams, routeBy, type CombinedStream, type StreamRoute } from './combined-stream.js';
import { StreamPart, type StreamPartStats } from './stream-part.js';
import { checkSymbolNames, type SymbolNames } from './symbol-names.js';
import { TIME_AND_CHANCE, checkOptions, type OptionShapes } from '../../options.js';

/** Options of {@link combineStreams}. */
export interface CombineStreamsOptions extends BasePriceStreamAdapterOptions {
  /** What the streams call the symbols. Default: all have the same names. */
  readonly symbols?: SymbolNames;
  /** Chance, for waits between tries. Default: that of the machine. */
  readonly random?: RandomSource;
}

/** Counters of a combined stream. */
export interface CombinedStreamStats extends PriceStreamStats {
  /** Status and counters of each stream, by name. */
  readonly streams: Readonly<Record<string, StreamPartStats>>;
}

/**
 * Several price streams as one. Each symbol is asked of one stream only, by the name that it has there.
 *
 * - `connect()` connects all streams. It rejects if one of them fails for good, such as with a wrong key, or if all fail; one that cannot be reached is
 *   reported to `onError`, and tried again with growing waits of up to 30 s while the others deliver.
 * - If a stream breaks, its symbols get no prices and the status is `degraded`; the others are not concerned. The status is `reconnecting` or `failed`
 *   when all streams are. A stream that has failed can be connected again by its own `connect()`: its symbols are subscribed again.
 * - `subscribe()` rejects if all of its symbols are refused; single refusals go to `onError`, as `SYMBOL_REFUSED`.
 * - A stream that was connected before, or that another one uses too, stays connected after `disconnect()`.
 *
 * @example
 * ```ts
 * import { MockPriceStreamAdapter, combineStreams } from 'tickmark';
 *
 * const crypto = new MockPriceStreamAdapter();
 * const shares = new MockPriceStreamAdapter();
 * const stream = combineStreams([crypto, shares], (symbol) => (symbol.includes('-') ? crypto : shares));
 * await stream.connect();
 * await stream.subscribe(['BTC-USD', 'AAPL']);
 * console.log(stream.stats().streams);
 * await stream.disconnect();
 * ```
 *
 * @example Names, patterns, and symbols with other names
 * ```ts
 * import { MockPriceStreamAdapter, combineStreams } from 'tickmark';
 *
 * const stream = combineStreams(
 *   [
 *     { name: 'binance', stream: new MockPriceStreamAdapter(), carries: /^(BTC|ETH)-/ },
 *     { name: 'rates', stream: new MockPriceStreamAdapter(), carries: ['EUR/USD', 'GBP/USD'] },
 *     { name: 'shares', stream: new MockPriceStreamAdapter() },
 *   ],
 *   { symbols: { 'BTC-USD': { binance: 'BTCUSDT' } } },
 * );
 * console.log(stream.getStatus());
 * ```
 * @param streams Streams, in the order in which `carries` is asked. A stream without a name is called `stream1`, `stream2`, … by its place.
 * @param route Which stream is asked for a symbol, in place of `carries`.
 * @throws TickmarkError `INVALID_ARGUMENT` for an empty list, an entry of another kind, or a name or a stream that is there twice.
 */
export function combineStreams(
  streams: readonly (PriceStreamAdapter | CombinedStream)[],
  route: StreamRoute | undefined,
  options?: CombineStreamsOptions,
): CombinedPriceStream;
export function combineStreams(
  streams: readonly (PriceStreamAdapter | CombinedStream)[],
  options?: CombineStreamsOptions,
): CombinedPriceStream;
export function combineStreams(
  streams: readonly (PriceStreamAdapter | CombinedStream)[],
  second?: StreamRoute | CombineStreamsOptions,
  third?: CombineStreamsOptions,
): CombinedPriceStream {
  const route = typeof second === 'function' ? second : undefined;
  const options = third ?? (typeof second === 'function' ? undefined : second);
  return new CombinedPriceStream(streams, route, options);
}

const SHAPES: OptionShapes<CombineStreamsOptions> = {
  ...STREAM_OPTIONS,
  symbols: true,
  random: TIME_AND_CHANCE.random,
};

/** Several price streams as one; see {@link combineStreams}. */
export class CombinedPriceStream extends BasePriceStreamAdapter {
  readonly #parts: readonly StreamPart[];
  readonly #route: StreamRoute;
  #link: PriceStreamLink | undefined;

  /** @internal Called by `combineStreams()`. */
  constructor(
    streams: readonly (PriceStreamAdapter | CombinedStream)[],
    route: StreamRoute | undefined,
    options: CombineStreamsOptions = {},
  ) {
    super(options, 'combineStreams');
    checkOptions('combineStreams', options, SHAPES);
    const { symbols: names = {}, random = systemRandom } = options;
    checkSymbolNames('combineStreams: symbols', names);
    const named = namedStreams('combineStreams: streams', streams);
    const host = {
      deliver: (message: Parameters<PriceStreamLink['deliver']>[0]) => this.#link?.deliver(message),
      statusChanged: () => this.#updateStatus(),
      report: (error: TickmarkError) => this.reportError(error),
    };
    this.#parts = named.map(
      ({ name, stream }) => new StreamPart({ name, stream, names, clock: this.clock, random, host }),
    );
    this.#route = route ?? routeBy(named);
  }

  /** The calendar that the stream of a symbol gives it, else that of the options. */
  override calendarOf(symbol: string): TradingCalendar | null {
    const part = this.#partFor(symbol);
    const ofPart = typeof part === 'string' ? null : part.calendarOf(symbol);
    return ofPart ?? super.calendarOf(symbol);
  }

  /**
   * The previous closes of all streams that have some, each asked for its own symbols. One that fails is reported, and its symbols are left out.
   * @throws TickmarkError if all that were asked fail.
   */
  async previousCloses(symbols: readonly string[], request: PreviousClosesRequest): Promise<PreviousClose[]> {
    const byPart = new Map<StreamPart, string[]>();
    for (const symbol of symbols) {
      const part = this.#partFor(symbol);
      if (typeof part !== 'string') byPart.set(part, [...(byPart.get(part) ?? []), symbol]);
    }
    const answers = await Promise.allSettled(
      [...byPart].map(([part, list]) => part.previousCloses(list, request)),
    );
    const failures = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    if (failures.length > 0 && failures.length === answers.length) throw failures[0];
    if (!request.signal.aborted) for (const failure of failures) this.reportError(failure as TickmarkError);
    return answers.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  }

  /** Counters so far. */
  override stats(): CombinedStreamStats {
    const streams = Object.fromEntries(this.#parts.map(({ name, stats }) => [name, stats]));
    return { ...super.stats(), streams };
  }

  protected override async openLink(link: PriceStreamLink): Promise<void> {
    const failures = await Promise.all(this.#parts.map((part) => failureOf(part.open(link.signal))));
    if (link.signal.aborted) throw link.signal.reason;
    const isAll = failures.every((failure) => failure !== null);
    const decisive = failures.find((failure) => failure !== null && (isAll || !failure.retryable));
    if (decisive) throw decisive;
    failures.forEach((failure, at) => {
      if (!failure) return;
      this.reportError(failure);
      this.#parts[at]!.retry();
    });
    this.#link = link;
    this.#updateStatus();
  }

  protected override async closeLink(): Promise<void> {
    this.#link = undefined;
    await Promise.all(this.#parts.map((part) => part.close()));
  }

  protected override async addSymbols(symbols: readonly string[]): Promise<void> {
    const { byPart, refusals } = this.#divide(symbols);
    const subscriptions = await Promise.all(
      [...byPart].map(async ([part, list]) => ({
        part,
        list,
        failure: await failureOf(part.subscribe(list)),
      })),
    );
    const failed = subscriptions.filter(({ failure }) => failure !== null);
    const failures = [...failed.map(({ failure }) => failure!), ...refusals];
    if (failed.length === subscriptions.length && failures[0]) {
      await Promise.all(failed.map(({ part, list }) => part.unsubscribe(list)));
      throw failures[0];
    }
    for (const failure of failures) this.reportError(failure);
    const refused = refusals.map(({ symbol }) => symbol);
    for (const { part, list, failure } of failed) {
      if (failure!.retryable) part.retrySubscription(list);
      else refused.push(...list);
    }
    // Takes effect after this call.
    if (refused.length > 0) void this.unsubscribe(refused).catch(() => undefined);
    this.#updateStatus();
  }

  protected override async removeSymbols(symbols: readonly string[]): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.unsubscribe(symbols)));
    this.#updateStatus();
  }

  /** Which part is asked for which symbols, and why others cannot be asked for. */
  #divide(symbols: readonly string[]): {
    byPart: Map<StreamPart, string[]>;
    refusals: SymbolRefusedError[];
  } {
    const byPart = new Map<StreamPart, string[]>();
    const refusals: SymbolRefusedError[] = [];
    const refuse = (source: string, symbol: string, reason: string): void =>
      void refusals.push(new SymbolRefusedError(source, symbol, reason));
    for (const symbol of symbols) {
      const part = this.#partFor(symbol);
      if (typeof part === 'string') {
        refuse('combineStreams', symbol, part);
        continue;
      }
      const fault = part.add(symbol);
      if (fault !== undefined) refuse(part.name, symbol, fault);
      else if (byPart.has(part)) byPart.get(part)!.push(symbol);
      else byPart.set(part, [symbol]);
    }
    return { byPart, refusals };
  }

  /** The part that is asked for a symbol, or why none is. */
  #partFor(symbol: string): StreamPart | string {
    const parts = this.#parts;
    let choice: ReturnType<StreamRoute>;
    try {
      choice = this.#route(symbol);
    } catch (cause) {
      return `the route threw: ${errorText(cause)}`;
    }
    const found =
      typeof choice === 'number'
        ? parts[choice]
        : parts.find(({ name, stream }) => name === choice || stream === choice);
    if (found) return found;
    const names = parts.map(({ name }) => name).join(', ');
    if (choice == null) return `no stream carries it; the streams are ${names}`;
    const given = typeof choice === 'object' ? 'an object that is no stream of the list' : quote(choice);
    return `the route gave ${given}; accepted: undefined, a stream of the list, its name or its place from 0; the streams are ${names}`;
  }

  #updateStatus(): void {
    const link = this.#link;
    if (!link) return;
    const down = this.#parts.filter((part) => part.isDown);
    if (down.length === this.#parts.length) return endOrReconnect(link, down);
    link.degraded(this.#parts.flatMap((part) => part.symbolsWithoutPrices));
  }
}

/** No stream has a connection. */
function endOrReconnect(link: PriceStreamLink, parts: readonly StreamPart[]): void {
  const statuses = parts.map(({ status }) => status);
  const waits = statuses.filter((status) => status.state === 'reconnecting');
  const isConnecting = statuses.some(({ state }) => state === 'connecting');
  if (isConnecting && waits.length === 0) return;
  const next = waits.sort((one, other) => one.nextTryAt - other.nextTryAt)[0];
  if (next) return link.reconnecting(next.attempt, next.nextTryAt);
  const failed = parts.find(({ status }) => status.state === 'failed');
  if (failed?.status.state === 'failed') link.fail(failed.error(failed.status.error));
  else link.end();
}

/** The error of a promise; `null` if it has none. */
async function failureOf(promise: Promise<void>): Promise<TickmarkError | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    return error as TickmarkError;
  }
}
