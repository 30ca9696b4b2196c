import { SymbolCalendars } from '../core/calendars/symbol-calendars.js';
import { BoundedCalls, systemClock, type Clock } from '../core/clock.js';
import { TickmarkError } from '../core/errors.js';
import type { PreviousClose, PreviousClosesSource } from '../core/calendars/previous-closes.js';
import { MarkToMarketEngine } from '../core/engine/mark-to-market-engine.js';
import { PreviousCloseLoader } from '../core/ingest/previous-close-loader.js';
import { PriceStreamProcessor } from '../core/ingest/price-stream-processor.js';
import { InstrumentCatalog } from '../core/instruments/instrument-catalog.js';
import { SymbolTable } from '../core/prices/symbol-table.js';
import { systemRandom } from '../core/random.js';
import { BorrowedStream } from '../core/streams/borrowed-stream.js';
import { symbolsWithoutPrices } from '../core/streams/symbols-without-prices.js';
import type { PriceStreamAdapter } from '../core/streams/price-stream-adapter.js';
import type { Unsubscribe } from '../core/unsubscribe.js';
import type { MarkToMarketParts } from './mark-to-market-options.js';
import { pickOptions } from '../core/options.js';
import { PROCESSOR_OPTIONS } from '../core/ingest/price-stream-processor-options.js';
import { ENGINE_OPTIONS } from '../core/engine/mark-to-market-engine-options.js';

/** The stages stream → processor → bus → engine, which start and close together. The bus and the stream are the caller's. */
export class Pipeline {
  readonly processor: PriceStreamProcessor;
  readonly engine: MarkToMarketEngine;
  readonly #stream: PriceStreamAdapter;
  readonly #borrowed: BorrowedStream;
  readonly #clock: Clock;
  readonly #autoSubscribe: boolean;
  readonly #report: (error: unknown) => void;
  readonly #closes: PreviousCloseLoader | undefined;
  #isStreaming = false;
  #isClosed = false;
  #stopWatching: Unsubscribe | undefined;

  /** @param report Called with errors of the stream. @throws TickmarkError `INVALID_ARGUMENT` for an option out of range. */
  constructor(parts: MarkToMarketParts, report: (error: unknown) => void) {
    const { stream, clock = systemClock, random = systemRandom } = parts;
    const symbols = new SymbolTable();
    const ofStream = stream.calendarOf && ((symbol: string) => stream.calendarOf!(symbol));
    const instruments = new InstrumentCatalog(parts.instruments);
    const nameOf = (symbol: string) => instruments.find(symbol)?.calendar;
    // Looked up the same way where prices are taken in and where they value positions.
    const calendars =
      parts.calendars instanceof SymbolCalendars
        ? parts.calendars
        : new SymbolCalendars(parts.calendars, report, { ofStream, nameOf });
    this.#stream = stream;
    this.#clock = clock;
    this.#autoSubscribe = parts.autoSubscribe ?? true;
    this.#report = report;
    this.processor = new PriceStreamProcessor({
      ...pickOptions(parts, PROCESSOR_OPTIONS),
      symbols,
      calendars,
    });
    this.engine = new MarkToMarketEngine({
      ...pickOptions(parts, ENGINE_OPTIONS),
      symbols,
      calendars,
      onNewSymbols: (fresh) => {
        if (!this.#isStreaming) return;
        if (this.#autoSubscribe) this.#borrowed.add(fresh);
        this.#closes?.add(fresh);
      },
    });
    this.#borrowed = new BorrowedStream({
      stream,
      clock,
      random,
      onError: report,
      onGap: (gap) => this.processor.pushGap(gap),
    });
    const source = closesSource(parts);
    if (!source) return;
    this.#closes = new PreviousCloseLoader({
      source,
      clock,
      random,
      calendarOf: (symbol) => calendars.of(symbol),
      onClose: (close) => this.#takeClose(close),
      report,
    });
  }

  /**
   * Loads the portfolios, connects the stream and subscribes. After a failure it has to be closed.
   * @throws as `MarkToMarketEngine.start`, `PriceStreamAdapter.connect` and `subscribe`; `CLOSED` if it was closed meanwhile.
   */
  async start(signal: AbortSignal | undefined): Promise<void> {
    await this.engine.start({ signal });
    // Prices that an earlier process accepted are not accepted again, and the details that it stored still apply.
    this.processor.startFrom(this.engine.book.knownPrices());
    this.processor.attach(this.#stream);
    this.#stopWatching = this.#stream.onStatus((status) => {
      // A dead feed must not look alive, however fresh its last price is.
      this.engine.markStale(symbolsWithoutPrices(status) ?? undefined);
    });
    await this.#borrowed.connect(signal);
    this.#checkOpen();
    this.#isStreaming = true;
    const symbols = this.engine.book.neededSymbols();
    // Not awaited: a venue that is slow here must not keep prices waiting.
    this.#closes?.add(symbols);
    if (this.#autoSubscribe && symbols.length > 0) await this.#borrowed.subscribe(symbols, signal);
    this.#checkOpen();
  }

  /** Values, publishes and stores the prices that have arrived, and releases the stream; all of it as `MarkToMarket.close` says. Called once. */
  async close(timeoutMs: number, ceilingMs: number): Promise<void> {
    const deadline = this.#clock.monotonic() + timeoutMs;
    this.#isClosed = true;
    this.#isStreaming = false;
    this.#stopWatching?.();
    this.#closes?.close();
    // At the same time as the rest, so that a stream that hangs does not keep values from being stored.
    const released = new BoundedCalls(this.#clock, timeoutMs)
      .run('Releasing the stream', () => this.#borrowed.release())
      .catch(this.#report);
    // At most half of the time: if the bus hangs, the engine needs time to store its values.
    await this.processor.close({ timeoutMs: timeoutMs / 2 });
    await this.engine.close({ timeoutMs: Math.max(0, deadline - this.#clock.monotonic()), ceilingMs });
    await released;
  }

  #takeClose(close: PreviousClose): void {
    const down = symbolsWithoutPrices(this.#stream.getStatus());
    // A price that is sent again while its feed is dead would look confirmed.
    const isQuiet = down === null || down.includes(close.symbol);
    this.processor.setPreviousClose(close, { isQuiet });
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closedError();
  }
}

/** Where closes come from: what was given, else the stream. */
function closesSource({ previousCloses, stream }: MarkToMarketParts): PreviousClosesSource | null {
  if (previousCloses !== undefined) return previousCloses;
  return stream.previousCloses ? (symbols, request) => stream.previousCloses!(symbols, request) : null;
}

/** The error of calls after `close()`. */
export function closedError(): TickmarkError {
  return new TickmarkError('CLOSED', 'This MarkToMarket is closed.');
}
