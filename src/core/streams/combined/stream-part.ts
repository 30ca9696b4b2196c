import { retryDelay } from '../../backoff.js';
import type { PreviousClose, PreviousClosesRequest } from '../../calendars/previous-closes.js';
import type { TradingCalendar } from '../../calendars/trading-calendar.js';
import type { Clock, Timer } from '../../clock.js';
import { retold } from '../../error-reporter.js';
import type { ErrorCode } from '../../error-code.js';
import { errorText } from '../../error-text.js';
import { quote, TickmarkError } from '../../errors.js';
import type { PriceUpdate } from '../../prices/price-update.js';
import type { RandomSource } from '../../random.js';
import type { Unsubscribe } from '../../unsubscribe.js';
import { BorrowedStream } from '../borrowed-stream.js';
import {
  isGap,
  type PriceStreamAdapter,
  type PriceStreamMessage,
  type StreamStatus,
} from '../price-stream-adapter.js';
import { SymbolRefusedError } from '../symbol-refused-error.js';
import { symbolsWithoutPrices } from '../symbols-without-prices.js';
import { SymbolTranslator, type SymbolNames } from './symbol-names.js';

/** Status and counters of one of several streams. */
export interface StreamPartStats {
  /** Its status; symbols in it have the names of the combined stream. */
  readonly status: StreamStatus;
  /** How many symbols it was asked for. */
  readonly symbols: number;
  /** Prices delivered. */
  readonly prices: number;
  /** Gaps delivered. */
  readonly gaps: number;
  /** Prices dropped because their symbol was not asked of this stream. */
  readonly unrequested: number;
}

/** What a {@link StreamPart} reports to. */
export interface StreamPartHost {
  /** A message, with the names of the combined stream. */
  deliver(message: PriceStreamMessage): void;
  /** The status has changed. */
  statusChanged(): void;
  /** An error that does not stop the stream. */
  report(error: TickmarkError): void;
}

/** Options of {@link StreamPart}. */
export interface StreamPartOptions {
  readonly name: string;
  readonly stream: PriceStreamAdapter;
  readonly names: SymbolNames;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly host: StreamPartHost;
}

/** Most names of symbols in the message of an error. */
const MOST_NAMES = 5;
const RETRY = { firstMs: 1000, capMs: 30_000 };

/** One of the streams of a combined stream: it is asked for its own symbols, by the names that it knows. */
export class StreamPart {
  readonly name: string;
  readonly stream: PriceStreamAdapter;
  readonly #options: StreamPartOptions;
  readonly #translator: SymbolTranslator;
  readonly #counters = { prices: 0, gaps: 0, unrequested: 0 };
  #borrowed: BorrowedStream | undefined;
  #unsubscribes: readonly Unsubscribe[] = [];
  #retryTimer: Timer | undefined;
  #attempt = 0;
  #nextTryAt = 0;

  constructor(options: StreamPartOptions) {
    this.#options = options;
    this.name = options.name;
    this.stream = options.stream;
    this.#translator = new SymbolTranslator(options.names, options.name);
  }

  /** Its status, with the names of the combined stream. While a first connection is retried: `reconnecting`. */
  get status(): StreamStatus {
    if (this.#retryTimer)
      return { state: 'reconnecting', attempt: this.#attempt, nextTryAt: this.#nextTryAt };
    const status = this.stream.getStatus();
    return status.state === 'degraded'
      ? { state: 'degraded', symbols: this.#translator.symbolsOf(status.symbols) }
      : status;
  }

  /** Whether it has no connection, so that none of its symbols gets prices. */
  get isDown(): boolean {
    return symbolsWithoutPrices(this.status) === null;
  }

  /** Its symbols that get no prices now. */
  get symbolsWithoutPrices(): readonly string[] {
    return symbolsWithoutPrices(this.status) ?? this.#translator.symbols;
  }

  get stats(): StreamPartStats {
    return { status: this.status, symbols: this.#translator.size, ...this.#counters };
  }

  /** Connects the stream. @throws as `PriceStreamAdapter.connect`, with the name of the stream. */
  async open(signal: AbortSignal): Promise<void> {
    const { stream, clock, random, host } = this.#options;
    this.#borrowed = new BorrowedStream({
      stream,
      clock,
      random,
      onError: (error) => host.report(retold(this.error(error), error)),
      onGap: (gap) => this.#receive(gap),
    });
    this.#unsubscribes = [
      stream.onMessage((message) => this.#receive(message)),
      stream.onStatus(() => host.statusChanged()),
    ];
    try {
      await this.#borrowed.connect(signal);
    } catch (error) {
      throw this.error(error);
    }
  }

  /** The first connection failed: connects again and again until it succeeds, or fails for good. */
  retry(): void {
    const { clock, random } = this.#options;
    const delay = retryDelay(++this.#attempt, RETRY, random);
    this.#nextTryAt = clock.now() + delay;
    this.#retryTimer = clock.setTimer(() => void this.#connectAgain(), delay);
  }

  /** The trading calendar that the stream gives a symbol. */
  calendarOf(symbol: string): TradingCalendar | null {
    return this.stream.calendarOf?.(this.#translator.nameFor(symbol)) ?? null;
  }

  /** The previous closes that the stream gives, with the names of the combined stream. @throws as `PriceStreamAdapter.previousCloses`, with the name of the stream. */
  async previousCloses(symbols: readonly string[], request: PreviousClosesRequest): Promise<PreviousClose[]> {
    if (!this.stream.previousCloses) return [];
    const symbolByName = new Map(symbols.map((symbol) => [this.#translator.nameFor(symbol), symbol]));
    try {
      const closes = await this.stream.previousCloses([...symbolByName.keys()], request);
      return closes.flatMap((close) => {
        const symbol = symbolByName.get(close.symbol);
        return symbol === undefined ? [] : [{ ...close, symbol }];
      });
    } catch (error) {
      throw this.error(error);
    }
  }

  /** Adds a symbol to those that it is asked for. @returns why it cannot be asked for; `undefined` if it can. */
  add(symbol: string): string | undefined {
    return this.#translator.add(symbol);
  }

  /**
   * Subscribes to symbols that were added; while it has lost its connection, they are subscribed when it has one.
   * @throws as `PriceStreamAdapter.subscribe`, with the name of the stream: call {@link retrySubscription} or {@link unsubscribe} then.
   */
  async subscribe(symbols: readonly string[]): Promise<void> {
    const borrowed = this.#borrowed!;
    try {
      const names = this.#namesOf(symbols);
      if (borrowed.isLost) borrowed.add(names);
      else await borrowed.subscribe(names);
    } catch (error) {
      throw this.error(error, symbols);
    }
  }

  /** Tries a failed subscription again later, until it succeeds or is refused for good. */
  retrySubscription(symbols: readonly string[]): void {
    this.#borrowed?.retry(this.#namesOf(symbols));
  }

  /** Unsubscribes from those of the symbols that it was asked for. Never throws. */
  async unsubscribe(symbols: readonly string[]): Promise<void> {
    const names = symbols.flatMap((symbol) => this.#translator.remove(symbol) ?? []);
    if (names.length > 0) await this.#borrowed?.remove(names);
  }

  /** Gives the stream back. @throws as `PriceStreamAdapter.disconnect`. */
  async close(): Promise<void> {
    const borrowed = this.#borrowed;
    this.#borrowed = undefined;
    this.#retryTimer?.clear();
    this.#retryTimer = undefined;
    this.#attempt = 0;
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#translator.clear();
    await borrowed?.release();
  }

  /** An error of this stream, with its name, and the names of the symbols that it concerns where the stream has others. */
  error(cause: unknown, symbols: readonly string[] = []): TickmarkError {
    const { code, message, retryable } = failureOf(cause);
    const renamed = symbols.filter((symbol) => this.#translator.isRenamed(symbol)).slice(0, MOST_NAMES);
    const names = renamed.map(
      (symbol) => `${quote(symbol)} is ${quote(this.#translator.nameOf(symbol))} there`,
    );
    const text = `Stream ${this.name}: ${[message, ...names].join('; ')}`;
    if (!(cause instanceof SymbolRefusedError)) return new TickmarkError(code, text, { retryable, cause });
    const symbol = this.#translator.symbolOf(cause.symbol) ?? cause.symbol;
    return new SymbolRefusedError(this.name, symbol, cause.reason, cause.sourceCode);
  }

  #namesOf(symbols: readonly string[]): string[] {
    return symbols.flatMap((symbol) => this.#translator.nameOf(symbol) ?? []);
  }

  #receive(message: PriceStreamMessage): void {
    const { host } = this.#options;
    if (isGap(message)) {
      const symbols = this.#translator.symbolsOf(message.symbols);
      if (symbols.length === 0) return;
      this.#counters.gaps++;
      return host.deliver({ ...message, symbols });
    }
    const symbol = this.#translator.symbolOf((message as PriceUpdate | null)?.symbol as string);
    if (symbol === undefined) {
      this.#counters.unrequested++;
      return;
    }
    this.#counters.prices++;
    // Most symbols have their own name; then nothing is copied.
    host.deliver(symbol === message.symbol ? message : { ...message, symbol });
  }

  async #connectAgain(): Promise<void> {
    const { host } = this.#options;
    const borrowed = this.#borrowed;
    this.#retryTimer = undefined;
    try {
      await borrowed?.connect();
    } catch (error) {
      if (this.#borrowed !== borrowed) return;
      host.report(this.error(error));
      if (failureOf(error).retryable) this.retry();
      host.statusChanged();
    }
  }
}

/** What an error says. One that is no `TickmarkError` may pass. */
function failureOf(cause: unknown): { code: ErrorCode; message: string; retryable: boolean } {
  if (cause instanceof TickmarkError) return cause;
  return {
    code: 'STREAM_FAILED',
    message: errorText(cause),
    retryable: true,
  };
}
