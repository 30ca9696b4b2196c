import { BoundedCalls, type Clock, type Timer } from '../clock.js';
import { RepositoryError, TickmarkError } from '../errors.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';

/** What a {@link HoldingsPoller} works with. */
export interface HoldingsPollerOptions {
  readonly repository: PortfolioRepository;
  readonly clock: Clock;
  /** Time in ms from one look to the next. */
  readonly intervalMs: number;
  /** Version that is known of a portfolio, `undefined` where none is. */
  readonly versionOf: (portfolioId: string) => number | undefined;
  /** Holdings are other than known: load them. */
  readonly onChanged: (portfolioIds: readonly string[]) => void;
  /** Anything may have changed: read everything anew. Settles when that is done. */
  readonly onReset: () => Promise<void>;
  readonly onError: (error: TickmarkError) => void;
}

const CALL_LIMIT_MS = 30_000;
/** Reading everything takes at most this share of the time. */
const MAX_RELOAD_SHARE = 1 / 20;

/**
 * Finds out which holdings have changed from the store itself, every few seconds, so that no engine depends on the bus to
 * know them.
 */
export class HoldingsPoller {
  /** Portfolios whose change was not known yet. */
  discovered = 0;
  readonly #options: HoldingsPollerOptions;
  readonly #calls: BoundedCalls;
  #cursor: string | null = null;
  #timer: Timer | null = null;
  #failures = 0;
  #isStopped = false;

  constructor(options: HoldingsPollerOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, CALL_LIMIT_MS);
  }

  /** Remembers where the store is now, before everything is read. What changes from now on is found by the first look. */
  async rememberCursor(): Promise<void> {
    const { repository } = this.#options;
    if (!repository.changesSince) return;
    const { cursor } = await repository.changesSince(null);
    this.#cursor = cursor;
  }

  /** Looks from now on. */
  start(): void {
    this.#schedule(this.#options.intervalMs);
  }

  /** Looks no more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed while changes of holdings were looked for.'));
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.setTimer(() => void this.#poll(), delayMs);
  }

  async #poll(): Promise<void> {
    const { clock, intervalMs, onError } = this.#options;
    const start = clock.monotonic();
    let pause = intervalMs;
    try {
      if (this.#options.repository.changesSince) await this.#compare();
      else {
        await this.#options.onReset();
        pause = Math.max(intervalMs, (clock.monotonic() - start) / MAX_RELOAD_SHARE);
      }
      this.#failures = 0;
    } catch (cause) {
      // Said once: the next looks tell nothing new.
      if (!this.#isStopped && this.#failures++ === 0) {
        const message = 'Looking for changes of holdings failed; it is tried again.';
        onError(new RepositoryError(message, { cause }));
      }
    }
    this.#schedule(pause);
  }

  async #compare(): Promise<void> {
    const { repository, versionOf, onChanged, onReset: onUnknown } = this.#options;
    const since = this.#cursor;
    const { cursor, portfolios, isReset } = await this.#calls.run('changesSince()', () =>
      repository.changesSince!(since),
    );
    if (isReset) await onUnknown();
    const changed = portfolios.filter(([id, version]) => versionOf(id) !== (version ?? undefined));
    this.discovered += changed.length;
    if (changed.length > 0) onChanged(changed.map(([id]) => id));
    this.#cursor = cursor;
  }
}
