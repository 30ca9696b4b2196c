import { BoundedCalls, sleep, systemClock, type Clock } from '../clock.js';
import { EntityNotFoundError, TickmarkError, invalidArgument, quote, throwIfAborted } from '../errors.js';
import type { EventBus } from '../messaging/event-bus.js';
import type { Lock } from '../locking/lock.js';
import { systemRandom, type RandomSource } from '../random.js';
import { holdingsChanged } from './holdings-changed-event.js';
import { PortfolioLock } from './portfolio-lock.js';
import type { PortfolioRepository } from './portfolio-repository.js';
import type { Portfolio } from './portfolio.js';

/** Options of {@link HoldingsEditor}. */
export interface HoldingsEditorOptions {
  readonly repository: PortfolioRepository;
  /**
   * Told of every change. A bus that fails does not undo the change, and one that does not answer holds it up for 5 s at
   * most; a later conflict makes up for the lost news.
   */
  readonly bus: EventBus;
  /** Lets one change of a portfolio be made at a time, which spares conflicts. Default: none, which is as correct. */
  readonly lock?: Lock | null;
  /** How often a change is tried before its conflict is thrown. Default 10. */
  readonly maxAttempts?: number;
  readonly clock?: Clock;
  /** Chance for the jitter between tries. */
  readonly random?: RandomSource;
  /** Told when the bus did not take the news (`BUS_FAILED`) or the lock failed (`LOCK_FAILED`). */
  readonly onError?: (error: TickmarkError) => void;
}

const FIRST_DELAY_MS = 5;
const BUS_LIMIT_MS = 5_000;
const LEASE_MS = 5_000;

/** Changes stored holdings: loads, applies, saves under the version, and does it all again when someone was faster. */
export class HoldingsEditor {
  readonly #with: HoldingsEditorOptions;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #maxAttempts: number;
  readonly #lock: PortfolioLock;
  #conflicts = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a `maxAttempts` below 1. */
  constructor(options: HoldingsEditorOptions) {
    this.#with = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#maxAttempts = options.maxAttempts ?? 10;
    if (!(this.#maxAttempts >= 1))
      throw invalidArgument('HoldingsEditor: maxAttempts', this.#maxAttempts, 'a number from 1');
    this.#lock = new PortfolioLock({
      lock: options.lock ?? null,
      ttlMs: LEASE_MS,
      clock: this.#clock,
      onError: (error) => this.#report(error),
    });
  }

  /** Conflicts that were met and tried again. */
  get conflicts(): number {
    return this.#conflicts;
  }

  /** Stores a new portfolio. @throws ConcurrencyError when its id is taken. */
  async create(portfolio: Portfolio): Promise<Portfolio> {
    return this.#announce(await this.#with.repository.save(portfolio));
  }

  /**
   * Applies a change to the newest stored holdings. `change` may run several times, each time on fresh holdings, and must
   * have no effect of its own.
   * @throws EntityNotFoundError; ConcurrencyError when every try met a conflict; whatever `change` throws; `ABORTED`.
   */
  async update(
    portfolioId: string,
    change: (portfolio: Portfolio) => Portfolio,
    options: { signal?: AbortSignal } = {},
  ): Promise<Portfolio> {
    const saved = await this.#lock.run(portfolioId, options.signal, () =>
      this.#change(portfolioId, change, options.signal),
    );
    return this.#announce(saved);
  }

  /** Deletes a portfolio at a version. @throws as `PortfolioRepository.delete`. */
  async delete(portfolioId: string, expectedVersion: number): Promise<void> {
    await this.#with.repository.delete(portfolioId, expectedVersion);
    await this.#publish(portfolioId, expectedVersion, 'deleted');
  }

  async #change(
    portfolioId: string,
    change: (portfolio: Portfolio) => Portfolio,
    signal: AbortSignal | undefined,
  ): Promise<Portfolio> {
    const { repository } = this.#with;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal, `Changing portfolio ${portfolioId}`);
      const loaded = await repository.load(portfolioId);
      if (!loaded) throw new EntityNotFoundError(portfolioId);
      try {
        return await repository.save(change(loaded));
      } catch (error) {
        if (!isConflict(error) || attempt >= this.#maxAttempts) throw error;
        this.#conflicts++;
        const delayMs = this.#random() * FIRST_DELAY_MS * 2 ** Math.min(attempt, 8);
        // An abort ends the sleep early, and the next attempt before it begins.
        await sleep(this.#clock, delayMs, signal).catch(() => undefined);
      }
    }
  }

  async #announce(saved: Portfolio): Promise<Portfolio> {
    await this.#publish(saved.id, saved.version, 'saved');
    return saved;
  }

  // The change is stored already, so a bus that fails must not make it look as if it were not.
  async #publish(portfolioId: string, version: number, change: 'saved' | 'deleted'): Promise<void> {
    const { bus } = this.#with;
    const news = holdingsChanged(portfolioId, version, change, this.#clock.now());
    try {
      await new BoundedCalls(this.#clock, BUS_LIMIT_MS).run('Publishing the change', () => bus.publish(news));
    } catch (cause) {
      const message = `Holdings of ${quote(portfolioId)} were ${change}, but the bus did not take the news.`;
      this.#report(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
    }
  }

  #report(error: TickmarkError): void {
    try {
      this.#with.onError?.(error);
    } catch {
      // The change is stored, whatever the reporter does.
    }
  }
}

// By code, not by class: a repository may come with its own copy of the package.
function isConflict(error: unknown): boolean {
  return (error as TickmarkError | undefined)?.code === 'VERSION_CONFLICT';
}
