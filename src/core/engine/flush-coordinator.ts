import type { Clock } from '../clock.js';
import { RepositoryError, TickmarkError, quote } from '../errors.js';
import type { HoldingsSync } from './holdings-sync.js';
import type { FlushOutcome } from './mark-to-market-engine-options.js';
import { ProgressDeadline } from './progress-deadline.js';
import type { ValuationPublisher } from './valuation-publisher.js';
import type { ValuationWriter } from './writer/valuation-writer.js';

/** Options of {@link FlushCoordinator}. */
export interface FlushCoordinatorOptions {
  readonly holdings: HoldingsSync;
  readonly publisher: ValuationPublisher;
  readonly writer: ValuationWriter;
  readonly clock: Clock;
  readonly onError: (error: TickmarkError) => void;
}

/** Most portfolios that the error of `close()` names. */
const MAX_NAMED_IDS = 5;
const FIRST_PAUSE_MS = 50;

/** Flushes and closes the parts of an engine that load, publish and store. */
export class FlushCoordinator {
  readonly #options: FlushCoordinatorOptions;
  #deadline: ProgressDeadline | null = null;

  constructor(options: FlushCoordinatorOptions) {
    this.#options = options;
  }

  /** The bus or the store has taken something. */
  recordProgress(): void {
    this.#deadline?.recordProgress();
  }

  /** See `MarkToMarketEngine.flush`. */
  async flush(): Promise<FlushOutcome> {
    const { holdings, publisher, writer } = this.#options;
    const { saved } = writer;
    const { published } = publisher;
    // At the same time, so that a part that does not answer does not delay the others.
    await Promise.all([holdings.flush(), this.#flushOutputs()]);
    // Holdings that were loaded in between have new values, and after a refused save holdings are loaded again.
    for (let pass = 0; pass < 2; pass++) {
      await holdings.flush();
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

  /** Flushes while there is progress, then stops all parts and reports what is not stored or published. */
  async close(timeoutMs: number, ceilingMs: number): Promise<void> {
    const { clock, holdings, publisher, writer } = this.#options;
    holdings.stopDiscovery();
    const deadline = new ProgressDeadline(clock, timeoutMs, ceilingMs);
    this.#deadline = deadline;
    await Promise.race([this.#flushUntilIdle(deadline), deadline.over]);
    holdings.stop();
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
    // While this engine may not store, another one does.
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
