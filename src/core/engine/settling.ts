import type { Clock } from '../clock.js';
import { RepositoryError, TickmarkError, quote } from '../errors.js';
import type { InitialLoader } from './initial-loader.js';
import type { HoldingsReloader } from './holdings-reloader.js';
import type { FlushOutcome } from './mark-to-market-engine-options.js';
import { ProgressDeadline } from './progress-deadline.js';
import type { ValuationPublisher } from './valuation-publisher.js';
import type { ValuationWriter } from './writer/valuation-writer.js';

/** What {@link Settling} works with: the parts of an engine that owe something. */
export interface SettlingOptions {
  readonly filler: InitialLoader;
  readonly loader: HoldingsReloader;
  readonly publisher: ValuationPublisher;
  readonly writer: ValuationWriter;
  readonly clock: Clock;
  readonly onError: (error: TickmarkError) => void;
}

/** Portfolios that the error at the end names. */
const NAMED = 5;
const FIRST_PAUSE_MS = 50;

/** Brings everything to rest that an engine owes to the bus and the store: now and then, and for good. */
export class Settling {
  readonly #with: SettlingOptions;
  #deadline: ProgressDeadline | null = null;

  constructor(options: SettlingOptions) {
    this.#with = options;
  }

  /** The bus or the store took something. */
  progressed(): void {
    this.#deadline?.progressed();
  }

  /** See `MarkToMarketEngine.flush`. */
  async flush(): Promise<FlushOutcome> {
    const { filler, loader, publisher, writer } = this.#with;
    const { saved } = writer;
    const { published } = publisher;
    // Side by side, so that a part that does not answer keeps none of the others.
    await Promise.all([filler.idle(), loader.flush(), this.#store()]);
    // What was loaded meanwhile is owed, and so is what the store refused as stale and had to be loaded for that.
    for (let pass = 0; pass < 2; pass++) {
      await loader.flush();
      await this.#store();
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
  async end(timeoutMs: number, ceilingMs: number): Promise<void> {
    const { clock, filler, loader, publisher, writer } = this.#with;
    filler.stop();
    const deadline = new ProgressDeadline(clock, timeoutMs, ceilingMs);
    this.#deadline = deadline;
    await Promise.race([this.#flushAll(deadline), deadline.over]);
    loader.stop();
    publisher.stop();
    this.#reportLeft();
    await Promise.race([writer.stop(), deadline.over]);
    deadline.end();
  }

  async #store(): Promise<void> {
    await Promise.all([this.#with.publisher.flush(), this.#with.writer.flush()]);
  }

  async #flushAll(deadline: ProgressDeadline): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      const { stored, published, unpublished, lockedOut } = await this.flush();
      if (unpublished === 0 && (lockedOut || this.#with.writer.isIdle)) return;
      if (stored + published > 0) pauseMs = FIRST_PAUSE_MS;
      await deadline.pause(pauseMs);
      if (deadline.isOver) return;
    }
  }

  #reportLeft(): void {
    const { publisher, writer, onError } = this.#with;
    // What another engine stores is not lost.
    const unstored = writer.mayStore ? writer.unstored : 0;
    const { unpublished } = publisher;
    const parts: string[] = [];
    if (unstored > 0) {
      const ids = writer.unsavedIds(NAMED).map(quote);
      if (unstored > ids.length) ids.push('…');
      parts.push(`${unstored} values not known to be stored (of ${ids.join(', ')})`);
    }
    if (unpublished > 0) parts.push(`${unpublished} values not known to be published`);
    if (parts.length === 0) return;
    const message = `Closed with ${parts.join(' and ')}.`;
    onError(unstored > 0 ? new RepositoryError(message) : new TickmarkError('BUS_FAILED', message));
  }
}
