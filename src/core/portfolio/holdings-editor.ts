import { retryDelay } from '../backoff.js';
import { BoundedCalls, sleep, systemClock, type Clock } from '../clock.js';
import { errorReporter } from '../error-reporter.js';
import { EntityNotFoundError, TickmarkError, invalidArgument, quote, throwIfAborted } from '../errors.js';
import {
  checkNumber,
  withDefaults,
  ERROR_RECEIVERS,
  TIME_AND_CHANCE,
  checkOptions,
  needed,
  orNull,
  partShape,
  type OptionShapes,
  SIGNAL,
} from '../options.js';
import type { Logger } from '../logger.js';
import type { EventBus } from '../messaging/event-bus.js';
import { LOCK, type Lock } from '../locking/lock.js';
import { systemRandom, type RandomSource } from '../random.js';
import { bookTogether, type BookedPortfolio, type Booking } from './book-together.js';
import {
  CorporateActionBooking,
  type CorporateActionOptions,
  type CorporateActionResult,
} from './corporate-actions/corporate-action-booking.js';
import type { CorporateActionInput } from './corporate-actions/corporate-action.js';
import { KnownActions } from './corporate-actions/known-actions.js';
import { holdingsChanged } from './holdings-changed-event.js';
import { KeptPortfolios } from './kept-portfolios.js';
import { PortfolioLock } from './portfolio-lock.js';
import type { LedgerEntryInput } from './ledger/ledger-entry.js';
import { REPOSITORY, type LoadOptions, type PortfolioRepository } from './portfolio-repository.js';
import { Portfolio } from './portfolio.js';
import { keepRaw } from '../keep-raw.js';

/** Options of {@link HoldingsEditor}. */
export interface HoldingsEditorOptions {
  /** Where portfolios are stored. */
  readonly repository: PortfolioRepository;
  /**
   * Publishes every change. A bus that fails does not undo the change, and one that does not answer delays it by 5 s at
   * most; engines find a change that was not published in the store.
   */
  readonly bus: Pick<EventBus, 'publish'>;
  /** Allows one change of a portfolio at a time, which avoids conflicts. Default: none, which is as correct. */
  readonly lock?: Lock | null;
  /**
   * Portfolios that are kept in memory after entries were booked into them, so that the next booking need not load them; a whole number from 0.
   * One that others have changed meanwhile is loaded. Default 100.
   */
  readonly keptPortfolios?: number;
  /** Attempts at one change before its conflict is thrown. Default 10. */
  readonly maxAttempts?: number;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Chance, for the jitter between attempts. Default: one that differs from run to run. */
  readonly random?: RandomSource;
  /** Called when the bus did not publish a change (`BUS_FAILED`) or the lock failed (`LOCK_FAILED`). Default: not reported. */
  readonly onError?: (error: TickmarkError) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
}

/** Result of {@link HoldingsEditor.book}. */
export interface BookedEntries {
  /** The portfolio as stored. */
  readonly portfolio: Portfolio;
  /** Ids of the entries that were booked. */
  readonly booked: readonly string[];
  /** Ids of the entries that were in the ledger already: they changed nothing. */
  readonly alreadyBooked: readonly string[];
}

/** What became of one portfolio of {@link HoldingsEditor.bookMany}. `error` is what `book` would have thrown. */
export type BookingOutcome =
  ({ readonly outcome: 'booked' } & BookedEntries) | { readonly outcome: 'failed'; readonly error: unknown };

/** What each option may be. */
export const EDITOR_OPTIONS: OptionShapes<HoldingsEditorOptions> = {
  ...TIME_AND_CHANCE,
  repository: needed(REPOSITORY),
  bus: needed(partShape<HoldingsEditorOptions['bus']>('an EventBus', 'publish')),
  lock: orNull(LOCK),
  keptPortfolios: true,
  maxAttempts: true,
  onError: 'function',
  logger: ERROR_RECEIVERS.logger,
};

const RETRY_BOUNDS = { firstMs: 10, capMs: 1280 };
const BUS_LIMIT_MS = 5_000;
const LEASE_MS = 5_000;

/**
 * Changes stored holdings: loads a portfolio, applies the change, saves it under its version, and starts again when someone
 * else saved in between. Publishes each change on the bus.
 * @example
 * ```ts
 * import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio } from 'tickmark';
 * import { HoldingsEditor } from 'tickmark/parts';
 *
 * const holdings = new HoldingsEditor({ repository: new InMemoryPortfolioRepository(), bus: new InMemoryEventBus() });
 * await holdings.create(Portfolio.create({ id: 'ada', currency: 'USD' }));
 * const changed = await holdings.update('ada', (portfolio) => portfolio.buy('AAPL', 10, '150.25'));
 * console.log(changed.version); // 2
 * ```
 */
export class HoldingsEditor {
  static {
    keepRaw(this);
  }

  readonly #repository: PortfolioRepository;
  readonly #bus: Pick<EventBus, 'publish'>;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #maxAttempts: number;
  readonly #kept: KeptPortfolios;
  readonly #lock: PortfolioLock;
  readonly #actions: KnownActions;
  readonly #report: (error: TickmarkError) => void;
  #conflicts = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a `maxAttempts` below 1, or a `keptPortfolios` below 0. */
  constructor(options: HoldingsEditorOptions) {
    checkOptions('HoldingsEditor', options, EDITOR_OPTIONS);
    const { lock, clock, random, maxAttempts, keptPortfolios } = withDefaults(options, {
      lock: null as Lock | null,
      keptPortfolios: 100,
      clock: systemClock,
      random: systemRandom,
      maxAttempts: 10,
    });
    checkNumber('HoldingsEditor: maxAttempts', maxAttempts, { from: 1 });
    checkNumber('HoldingsEditor: keptPortfolios', keptPortfolios, { from: 0, isWhole: true });
    this.#kept = new KeptPortfolios(keptPortfolios);
    this.#repository = options.repository;
    this.#bus = options.bus;
    this.#clock = clock;
    this.#random = random;
    this.#maxAttempts = maxAttempts;
    this.#report = errorReporter(options);
    this.#actions = new KnownActions({ repository: options.repository, onError: this.#report });
    this.#lock = new PortfolioLock({ lock, ttlMs: LEASE_MS, clock, onError: this.#report });
  }

  /** Conflicts after which a change was attempted again. */
  get conflicts(): number {
    return this.#conflicts;
  }

  /** Stores a new portfolio. @throws ConcurrencyError when its id is taken. */
  async create(portfolio: Portfolio): Promise<Portfolio> {
    if (!(portfolio instanceof Portfolio))
      throw invalidArgument('create: portfolio', portfolio, 'a Portfolio');
    return this.#announce(await this.#repository.save(portfolio));
  }

  /**
   * Applies a change to the newest stored holdings. `change` may run several times, each time on freshly loaded holdings, so it
   * must have no side effects. It runs on a portfolio with its last entries alone where the repository loads such, and again with the whole
   * ledger when a TickmarkError is thrown that may come of that, such as `LEDGER_NOT_LOADED`. Holdings that it returns as they are, are neither saved nor published.
   * @param options.signal Ends the waits, with `ABORTED`.
   * @throws EntityNotFoundError; ConcurrencyError when every attempt met a conflict; what `change` throws.
   */
  async update(
    portfolioId: string,
    change: (portfolio: Portfolio) => Portfolio,
    options: { signal?: AbortSignal } = {},
  ): Promise<Portfolio> {
    checkOptions('update', options, SIGNAL);
    if (typeof change !== 'function')
      throw invalidArgument('update: change', change, 'a function that takes a Portfolio and returns one');
    return this.#changeLocked(portfolioId, (stored) => checkedChange(stored, change(stored)), options.signal);
  }

  /**
   * Books entries into the ledger of a portfolio, all or none, each id once: what is in the ledger already is reported and changes nothing. So
   * call it again if it is unknown whether an earlier call succeeded, from whichever process.
   * @throws as {@link update}, and as `Portfolio.apply`.
   * @example
   * ```ts
   * import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio } from 'tickmark';
   * import { HoldingsEditor } from 'tickmark/parts';
   *
   * const holdings = new HoldingsEditor({ repository: new InMemoryPortfolioRepository(), bus: new InMemoryEventBus() });
   * await holdings.create(Portfolio.create({ id: 'ada', currency: 'USD' }));
   * const fill = { id: 'fill-1', at: Date.now(), type: 'buy', symbol: 'AAPL', quantity: 10, price: '150.25' } as const;
   * await holdings.book('ada', [fill]);
   * const { portfolio, alreadyBooked } = await holdings.book('ada', [fill]);
   * console.log(alreadyBooked, portfolio.version); // ['fill-1'] 2
   * ```
   */
  async book(
    portfolioId: string,
    entries: readonly LedgerEntryInput[],
    options: { signal?: AbortSignal } = {},
  ): Promise<BookedEntries> {
    checkOptions('book', options, SIGNAL);
    let known = new Set<string>();
    const book = (stored: Portfolio): Portfolio => {
      // The store refuses an id that it has and that was not loaded.
      known = new Set(entries.flatMap(({ id }) => (stored.hasLoadedEntry(id) ? [id] : [])));
      return stored.apply(entries);
    };
    // An id that was in the ledger once is there now, and a save of old holdings is refused: what is kept may be old.
    const kept = this.#kept.take(portfolioId);
    const portfolio = await this.#changeLocked(portfolioId, book, options.signal, kept);
    this.#kept.keep(portfolio);
    return bookedEntries(portfolio, entries, known);
  }

  /**
   * Books entries into several portfolios, each for itself as {@link book} does, with one load and one save for as many as possible.
   * @param bookings Each portfolio once.
   * @returns The outcomes, in the order of the portfolios.
   * @throws TickmarkError `INVALID_ARGUMENT` for a portfolio that comes twice; nothing is booked then.
   * @example
   * ```ts
   * import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio } from 'tickmark';
   * import { HoldingsEditor } from 'tickmark/parts';
   *
   * const holdings = new HoldingsEditor({ repository: new InMemoryPortfolioRepository(), bus: new InMemoryEventBus() });
   * for (const id of ['ada', 'bob']) await holdings.create(Portfolio.create({ id, currency: 'USD' }));
   * const paid = (id: string) => ({ id, at: Date.now(), type: 'deposit', amount: 5, currency: 'USD' }) as const;
   * const outcomes = await holdings.bookMany([
   *   { portfolioId: 'ada', entries: [paid('d1')] },
   *   { portfolioId: 'bob', entries: [paid('d2')] },
   * ]);
   * console.log(outcomes.map(({ outcome }) => outcome)); // ['booked', 'booked']
   * ```
   */
  async bookMany(bookings: readonly Booking[]): Promise<BookingOutcome[]> {
    const ids = new Set<string>();
    for (const { portfolioId } of bookings) {
      if (ids.has(portfolioId))
        throw invalidArgument('bookMany: portfolioId', portfolioId, 'each portfolio once');
      ids.add(portfolioId);
    }
    // A lock is held for one portfolio at a time.
    const done = this.#lock.isUsed
      ? new Map<string, BookedPortfolio>()
      : await bookTogether(this.#repository, this.#kept, this.#actions, bookings).catch(
          () => new Map<string, BookedPortfolio>(),
        );
    for (const { portfolio } of done.values()) this.#kept.keep(portfolio);
    const saved = [...done.values()].filter(({ isSaved }) => isSaved);
    await Promise.all(saved.map(({ portfolio }) => this.#announce(portfolio)));
    return Promise.all(
      bookings.map(async ({ portfolioId, entries }): Promise<BookingOutcome> => {
        const together = done.get(portfolioId);
        if (together)
          return { outcome: 'booked', ...bookedEntries(together.portfolio, entries, together.known) };
        try {
          return { outcome: 'booked', ...(await this.book(portfolioId, entries)) };
        } catch (error) {
          return { outcome: 'failed', error };
        }
      }),
    );
  }

  /**
   * Books a corporate action into the ledgers of all portfolios that held the instrument at its ex-time, once: call it again if it is unknown
   * whether an earlier call succeeded, or after one that failed half-way. Engines value all of them as after the action as soon as it is stored.
   * @throws as `MarkToMarket.corporateAction`.
   * @example
   * ```ts
   * import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio } from 'tickmark';
   * import { HoldingsEditor } from 'tickmark/parts';
   *
   * const repository = new InMemoryPortfolioRepository();
   * const holdings = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
   * await holdings.create(Portfolio.create({ id: 'ada', currency: 'USD', positions: [{ symbol: 'NVDA', quantity: 10 }] }));
   * const split = { id: 'nvda-split', at: Date.now(), type: 'split', symbol: 'NVDA', from: 1, to: 10 } as const;
   * const { booked } = await holdings.corporateAction(split);
   * console.log(booked, (await repository.load('ada'))?.position('NVDA')?.quantity.toString()); // 1 '100'
   * ```
   */
  async corporateAction(
    action: CorporateActionInput,
    options: CorporateActionOptions = {},
  ): Promise<CorporateActionResult> {
    const parts = {
      repository: this.#repository,
      bus: this.#bus,
      clock: this.#clock,
      actions: this.#actions,
      update: (id: string, change: (portfolio: Portfolio) => Portfolio) => this.update(id, change),
      announce: (saved: readonly Portfolio[]) => Promise.all(saved.map((each) => this.#announce(each))),
      onError: this.#report,
    };
    return new CorporateActionBooking(parts, options).run(action);
  }

  /** Deletes a portfolio at a version. @throws as `PortfolioRepository.delete`. */
  async delete(portfolioId: string, expectedVersion: number): Promise<void> {
    await this.#repository.delete(portfolioId, expectedVersion);
    this.#kept.take(portfolioId);
    await this.#publish(portfolioId, expectedVersion, 'deleted');
  }

  async #changeLocked(
    portfolioId: string,
    change: (portfolio: Portfolio) => Portfolio,
    signal: AbortSignal | undefined,
    kept?: Portfolio,
  ): Promise<Portfolio> {
    const { portfolio, isSaved } = await this.#lock.run(portfolioId, signal, async () => {
      const changed = kept && (await this.#changeKept(kept, change));
      return changed ?? this.#change(portfolioId, change, signal);
    });
    return isSaved ? this.#announce(portfolio) : portfolio;
  }

  // `null` where others may have changed it: what is refused may be right for what is stored.
  async #changeKept(
    kept: Portfolio,
    change: (portfolio: Portfolio) => Portfolio,
  ): Promise<{ portfolio: Portfolio; isSaved: boolean } | null> {
    await this.#actions.refresh();
    try {
      const changed = this.#actions.withLaterActions(kept, change(kept));
      if (changed === kept) return { portfolio: kept, isSaved: false };
      return { portfolio: await this.#repository.save(changed), isSaved: true };
    } catch (error) {
      if ((error as Partial<TickmarkError> | undefined)?.code === 'REPOSITORY_FAILED') throw error;
      return null;
    }
  }

  async #change(
    portfolioId: string,
    change: (portfolio: Portfolio) => Portfolio,
    signal: AbortSignal | undefined,
  ): Promise<{ portfolio: Portfolio; isSaved: boolean }> {
    let ledger: LoadOptions['ledger'];
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal, `Changing portfolio ${portfolioId}`);
      const loaded = await this.#repository.load(portfolioId, { ledger });
      if (!loaded) throw new EntityNotFoundError(portfolioId);
      await this.#actions.refresh();
      try {
        const changed = this.#actions.withLaterActions(loaded, change(loaded));
        if (changed === loaded) return { portfolio: loaded, isSaved: false };
        return { portfolio: await this.#repository.save(changed), isSaved: true };
      } catch (error) {
        if (!ledger && mayDependOnLedger(error, loaded)) {
          ledger = 'whole';
          continue;
        }
        if (!isConflict(error) || attempt >= this.#maxAttempts) throw error;
        this.#conflicts++;
        const delayMs = retryDelay(attempt, RETRY_BOUNDS, this.#random);
        // An abort ends the wait, and is thrown before the next attempt.
        await sleep(this.#clock, delayMs, signal).catch(() => undefined);
      }
    }
  }

  async #announce(saved: Portfolio): Promise<Portfolio> {
    await this.#publish(saved.id, saved.version, 'saved');
    return saved;
  }

  // The change is stored already, so a failure of the bus must not reject it.
  async #publish(portfolioId: string, version: number, change: 'saved' | 'deleted'): Promise<void> {
    const event = holdingsChanged(portfolioId, version, change, this.#clock.now());
    try {
      await new BoundedCalls(this.#clock, BUS_LIMIT_MS).run('publish()', () => this.#bus.publish(event));
    } catch (cause) {
      const message = `Holdings of ${quote(portfolioId)} were ${change}, but the bus did not publish it.`;
      this.#report(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
    }
  }
}

function bookedEntries(
  portfolio: Portfolio,
  entries: readonly LedgerEntryInput[],
  known: ReadonlySet<string>,
): BookedEntries {
  const ids = [...new Set(entries.map(({ id }) => id))];
  return {
    portfolio,
    booked: ids.filter((id) => !known.has(id)),
    alreadyBooked: ids.filter((id) => known.has(id)),
  };
}

// What is refused without the first entries may be in the ledger already: with them it changes nothing.
function mayDependOnLedger(error: unknown, { isLedgerLoaded }: Portfolio): boolean {
  if (isLedgerLoaded) return false;
  const { code } = (error ?? {}) as Partial<TickmarkError>;
  if (code === 'LEDGER_NOT_LOADED' || code === 'ENTRY_CONFLICT') return true;
  return error instanceof TickmarkError && code !== 'REPOSITORY_FAILED' && code !== 'VERSION_CONFLICT';
}

// By code, not by class: a repository may come with its own copy of the package.
function isConflict(error: unknown): boolean {
  return (error as TickmarkError | undefined)?.code === 'VERSION_CONFLICT';
}

// What a change has returned: a promise, or nothing, would be stored as nonsense.
function checkedChange(stored: Portfolio, changed: unknown): Portfolio {
  const where = `update: what change(${quote(stored.id)}) returned`;
  if (changed instanceof Promise)
    throw invalidArgument(where, changed, 'a Portfolio at once; wait before update() is called');
  if (!(changed instanceof Portfolio)) throw invalidArgument(where, changed, 'a Portfolio');
  if (changed.id === stored.id) return changed;
  throw invalidArgument(where, `the portfolio ${changed.id}`, `the portfolio ${quote(stored.id)}, changed`);
}
