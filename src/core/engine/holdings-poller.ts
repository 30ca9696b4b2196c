import { BoundedCalls, type Clock, type Timer } from '../clock.js';
import { RepositoryError, TickmarkError } from '../errors.js';
import type { HeldShards } from './shards/held-shards.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';

/** Options of {@link HoldingsPoller}. */
export interface HoldingsPollerOptions {
  readonly repository: PortfolioRepository;
  readonly clock: Clock;
  /** Time in ms from one poll to the next. */
  readonly intervalMs: number;
  /** The known version of a portfolio; `undefined` if it is not known. */
  readonly versionOf: (portfolioId: string) => number | undefined;
  /** Only changes of their portfolios are wanted. */
  readonly shards: HeldShards;
  /** Called before each poll. */
  readonly onPoll: () => Promise<void>;
  /** Called with the portfolios whose holdings have changed: load them. */
  readonly onChanged: (portfolioIds: readonly string[]) => void;
  /** Called when anything may have changed: load everything. Resolves when that is done. */
  readonly onReset: () => Promise<void>;
  readonly onError: (error: TickmarkError) => void;
}

const CALL_LIMIT_MS = 30_000;
/** Share of the time that loading everything may take. */
const MAX_RELOAD_SHARE = 1 / 20;

/** Polls the store for changed holdings every few seconds, so that no engine depends on the events of the bus. */
export class HoldingsPoller {
  /** Changed portfolios that were found by polling first. */
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

  /** Remembers the current cursor of the store, so that the first poll finds all changes after this call. */
  async rememberCursor(): Promise<void> {
    const { repository } = this.#options;
    if (!repository.changesSince) return;
    const { cursor } = await repository.changesSince(null);
    this.#cursor = cursor;
  }

  /** Starts polling. */
  start(): void {
    this.#schedule(this.#options.intervalMs);
  }

  /** Stops polling. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed while polling for changes of holdings.'));
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
      await this.#options.onPoll();
      if (this.#options.repository.changesSince) await this.#compare();
      else {
        await this.#options.onReset();
        pause = Math.max(intervalMs, (clock.monotonic() - start) / MAX_RELOAD_SHARE);
      }
      this.#failures = 0;
    } catch (cause) {
      // Reported once per outage.
      if (!this.#isStopped && this.#failures++ === 0) {
        const message = 'Polling for changes of holdings failed; it is retried.';
        onError(new RepositoryError(message, { cause }));
      }
    }
    this.#schedule(pause);
  }

  async #compare(): Promise<void> {
    const { repository, shards, versionOf, onChanged, onReset } = this.#options;
    const since = this.#cursor;
    const { revision, selection } = shards;
    const { cursor, portfolios, isReset } = await this.#calls.run('changesSince()', () =>
      repository.changesSince!(since, { shards: selection }),
    );
    if (isReset) await onReset();
    const changed = portfolios.filter(([id, version]) => versionOf(id) !== (version ?? undefined));
    this.discovered += changed.length;
    if (changed.length > 0) onChanged(changed.map(([id]) => id));
    // Of a shard that was assigned meanwhile, changes may be missing.
    if (revision === shards.revision) this.#cursor = cursor;
  }
}
