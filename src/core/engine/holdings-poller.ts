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
  readonly onUnknown: () => Promise<void>;
  readonly onError: (error: TickmarkError) => void;
}

const CALL_LIMIT_MS = 30_000;
/** Reading everything takes at most this share of the time. */
const REFILL_SHARE = 1 / 20;

/**
 * Finds out which holdings have changed from the store itself, every few seconds, so that no engine depends on the bus to
 * know them.
 */
export class HoldingsPoller {
  /** Portfolios whose change was not known yet. */
  discovered = 0;
  readonly #with: HoldingsPollerOptions;
  readonly #calls: BoundedCalls;
  #cursor: string | null = null;
  #timer: Timer | null = null;
  #failures = 0;
  #isStopped = false;

  constructor(options: HoldingsPollerOptions) {
    this.#with = options;
    this.#calls = new BoundedCalls(options.clock, CALL_LIMIT_MS);
  }

  /** Remembers where the store is now, before everything is read. What changes from now on is found by the first look. */
  async mark(): Promise<void> {
    const { repository } = this.#with;
    if (!repository.changesSince) return;
    const { cursor } = await repository.changesSince(null);
    this.#cursor = cursor;
  }

  /** Looks from now on. */
  start(): void {
    this.#plan(this.#with.intervalMs);
  }

  /** Looks no more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed while changes of holdings were looked for.'));
  }

  #plan(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#with.clock.setTimer(() => void this.#look(), delayMs);
  }

  async #look(): Promise<void> {
    const { clock, intervalMs, onError } = this.#with;
    const start = clock.monotonic();
    let pause = intervalMs;
    try {
      if (this.#with.repository.changesSince) await this.#compare();
      else {
        await this.#with.onUnknown();
        pause = Math.max(intervalMs, (clock.monotonic() - start) / REFILL_SHARE);
      }
      this.#failures = 0;
    } catch (cause) {
      // Said once: the next looks tell nothing new.
      if (!this.#isStopped && this.#failures++ === 0) {
        const message = 'Looking for changes of holdings failed; it is tried again.';
        onError(new RepositoryError(message, { cause }));
      }
    }
    this.#plan(pause);
  }

  async #compare(): Promise<void> {
    const { repository, versionOf, onChanged, onUnknown } = this.#with;
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
