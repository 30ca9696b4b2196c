import type { Clock } from '../clock.js';
import { RepositoryError, TickmarkError, quote } from '../errors.js';
import type { InitialLoader } from './initial-loader.js';
import type { HoldingsReloader } from './holdings-reloader.js';
import type { FlushOutcome } from './mark-to-market-engine-options.js';
import { ProgressDeadline } from './progress-deadline.js';
import type { ValuationPublisher } from './valuation-publisher.js';
import type { ValuationWriter } from './writer/valuation-writer.js';

/** What {@link FlushCoordinator} works with: the parts of an engine that owe something. */
export interface FlushCoordinatorOptions {
  readonly initialLoader: InitialLoader;
  readonly reloader: HoldingsReloader;
  readonly publisher: ValuationPublisher;
  readonly writer: ValuationWriter;
  readonly clock: Clock;
  readonly onError: (error: TickmarkError) => void;
}

/** Portfolios that the error at the end names. */
const MAX_NAMED_IDS = 5;
const FIRST_PAUSE_MS = 50;

/** Brings everything to rest that an engine owes to the bus and the store: now and then, and for good. */
export class FlushCoordinator {
  readonly #options: FlushCoordinatorOptions;
  #deadline: ProgressDeadline | null = null;

  constructor(options: FlushCoordinatorOptions) {
    this.#options = options;
  }

  /** The bus or the store took something. */
  recordProgress(): void {
    this.#deadline?.recordProgress();
  }

  /** See `MarkToMarketEngine.flush`. */
  async flush(): Promise<FlushOutcome> {
    const { initialLoader: filler, reloader: loader, publisher, writer } = this.#options;
    const { saved } = writer;
    const { published } = publisher;
    // Side by side, so that a part that does not answer keeps none of the others.
    await Promise.all([filler.idle(), loader.flush(), this.#flushOutputs()]);
    // What was loaded meanwhile is owed, and so is what the store refused as stale and had to be loaded for that.
    for (let pass = 0; pass < 2; pass++) {
      await loader.flush();
      await this.#flushOutputs();
    }
    return {
      stored: writer.saved - saved,
      unstored: writer.unstored,
      published: publisher.published - published,
      unpublished: publisher.unpublished,
      lockedOut: !writer.mayStore,
    };
  }

  /** Flushes as long as there is progress, stops all parts, and reports what is left. */
  async close(timeoutMs: number, ceilingMs: number): Promise<void> {
    const { clock, initialLoader: filler, reloader: loader, publisher, writer } = this.#options;
    filler.stop();
    const deadline = new ProgressDeadline(clock, timeoutMs, ceilingMs);
    this.#deadline = deadline;
    await Promise.race([this.#flushUntilIdle(deadline), deadline.over]);
    loader.stop();
    publisher.stop();
    this.#reportUnfinished();
    await Promise.race([writer.stop(), deadline.over]);
    deadline.end();
  }

  async #flushOutputs(): Promise<void> {
    await Promise.all([this.#options.publisher.flush(), this.#options.writer.flush()]);
  }

  async #flushUntilIdle(deadline: ProgressDeadline): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      const { stored, published, unpublished, lockedOut } = await this.flush();
      if (unpublished === 0 && (lockedOut || this.#options.writer.isIdle)) return;
      if (stored + published > 0) pauseMs = FIRST_PAUSE_MS;
      await deadline.pause(pauseMs);
      if (deadline.isOver) return;
    }
  }

  #reportUnfinished(): void {
    const { publisher, writer, onError } = this.#options;
    // What another engine stores is not lost.
    const unstored = writer.mayStore ? writer.unstored : 0;
    const { unpublished } = publisher;
    const parts: string[] = [];
    if (unstored > 0) {
      const ids = writer.unsavedIds(MAX_NAMED_IDS).map(quote);
      if (unstored > ids.length) ids.push('…');
      parts.push(`${unstored} values not known to be stored (of ${ids.join(', ')})`);
    }
    if (unpublished > 0) parts.push(`${unpublished} values not known to be published`);
    if (parts.length === 0) return;
    const message = `Closed with ${parts.join(' and ')}.`;
    onError(unstored > 0 ? new RepositoryError(message) : new TickmarkError('BUS_FAILED', message));
  }
}
