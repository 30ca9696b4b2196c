import { retryDelay } from '../backoff.js';
import { BoundedCalls, sleep, type Clock, type Timer } from '../clock.js';
import { RepositoryError, TickmarkError } from '../errors.js';
import type { PositionBook } from '../book/position-book.js';
import type { CorporateActionEvent } from '../portfolio/corporate-actions/corporate-action-event.js';
import type { CorporateAction } from '../portfolio/corporate-actions/corporate-action.js';
import { KnownActions } from '../portfolio/corporate-actions/known-actions.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import { loadPortfolios } from '../portfolio/repository-calls.js';
import type { RandomSource } from '../random.js';

/** Options of {@link ActionSwitch}. */
export interface ActionSwitchOptions {
  readonly repository: PortfolioRepository;
  readonly book: PositionBook;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onError: (error: TickmarkError) => void;
  /**
   * Called with portfolios to put into the book, and ids that the store does not have. `isSwitch`: also portfolios whose version the book has
   * are to be replaced.
   */
  readonly onLoaded: (
    portfolios: readonly Portfolio[],
    missing: readonly string[],
    isSwitch: boolean,
  ) => void;
  /** Called when prices have changed, with the numbers of the symbols, before `onLoaded`. */
  readonly onPriceChanged: (symbolNumbers: readonly number[]) => void;
}

const SET_SIZE = 500;
const CALL_LIMIT_MS = 30_000;
/** Longest time from the announcement of an action to its being read. */
const ANNOUNCED_MS = 5_000;
const RETRY = { firstMs: 250, capMs: 2000 };

/**
 * Takes the book from before a corporate action to after it, in one step: loads the holders, enters the action into those that lack it, and
 * only then adjusts the price. Until that moment prices from after the action wait, and so do portfolios that are loaded meanwhile.
 */
export class ActionSwitch {
  readonly #options: ActionSwitchOptions;
  readonly #known: KnownActions;
  readonly #calls: BoundedCalls;
  readonly #abort = new AbortController();
  /** Portfolios that wait for the switch, as loaded last; `null`: the store has none. */
  #waiting: Map<string, Portfolio | null> | null = null;
  #actions: CorporateAction[] = [];
  /** Waiting portfolios with the actions that had been read at `number`. */
  #ready = new Map<Portfolio, { readonly number: number; readonly portfolio: Portfolio }>();
  #running: Promise<void> = Promise.resolve();
  /** Of actions that were announced and not read yet, by id. */
  readonly #timers = new Map<string, Timer>();
  #hasStarted = false;

  constructor(options: ActionSwitchOptions) {
    const { repository, onError, clock } = options;
    this.#options = options;
    this.#calls = new BoundedCalls(clock, CALL_LIMIT_MS);
    this.#known = new KnownActions({ repository, onError, onNew: (actions) => this.#learn(actions) });
  }

  /** Reads actions that were stored lately. Call it after portfolios were loaded and before they are given to {@link take}. */
  refresh(): Promise<void> {
    return this.#calls.run('corporateActions()', () => this.#known.refresh());
  }

  /** An action was announced: keeps prices from after it back, and reads it once it is stored. */
  heard({ actionId, symbol, exTime, number }: CorporateActionEvent): void {
    if (this.#hasStarted && !this.#known.has(actionId)) this.#hold(actionId, symbol, exTime);
    // What cannot be read now is read by the next poll.
    if (number > 0) void this.refresh().catch(() => undefined);
  }

  /** Takes all actions that were read so far, with the prices in the book: later ones go through a switch. */
  start(): void {
    this.#hasStarted = true;
    this.#options.onPriceChanged(this.#options.book.takeActions(this.#known.all));
  }

  /** Adds loaded portfolios to the book, with stored actions that are not booked yet. While a switch is running, they wait for its end. */
  async take(portfolios: readonly Portfolio[], missing: readonly string[] = []): Promise<void> {
    let completed = portfolios;
    // More actions may have been read while the whole ledger of a portfolio was loaded.
    for (let number = -1; number !== this.#known.number;) {
      ({ number } = this.#known);
      completed = await this.#known.complete(portfolios);
    }
    if (!this.#waiting) {
      this.#options.onLoaded(completed, missing, false);
      return;
    }
    for (const portfolio of portfolios) this.#waiting.set(portfolio.id, portfolio);
    for (const id of missing) this.#waiting.set(id, null);
  }

  /** Resolves when no switch is running. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Cancels a running switch, and releases all timers. */
  stop(): void {
    this.#abort.abort();
    for (const timer of this.#timers.values()) timer.clear();
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed while a corporate action was being applied.'));
  }

  #hold(actionId: string, symbol: string, exTime: number): void {
    const { book, clock, onPriceChanged, onLoaded } = this.#options;
    book.holdPrices(symbol, exTime);
    this.#timers.get(actionId)?.clear();
    // One that is not stored after all must not hold prices for ever.
    const giveUp = (): void => {
      this.#timers.delete(actionId);
      if (this.#known.has(actionId)) return;
      onPriceChanged(book.releasePrices([symbol]));
      onLoaded([], [], false);
    };
    this.#timers.set(actionId, clock.setTimer(giveUp, ANNOUNCED_MS));
  }

  #learn(actions: readonly CorporateAction[]): void {
    if (!this.#hasStarted) return;
    this.#actions.push(...actions);
    for (const { symbol, at } of actions) this.#options.book.holdPrices(symbol, at);
    if (this.#waiting) return;
    this.#waiting = new Map();
    this.#running = this.#switch();
  }

  async #switch(): Promise<void> {
    const { clock, random, onError } = this.#options;
    for (let failures = 0; !this.#abort.signal.aborted;) {
      try {
        if (await this.#attempt()) return;
        failures = 0;
      } catch (cause) {
        if (this.#abort.signal.aborted) return;
        if (failures === 0)
          onError(
            new RepositoryError('Loading the holders for a corporate action failed; it is retried.', {
              cause,
            }),
          );
        await sleep(clock, retryDelay(++failures, RETRY, random), this.#abort.signal).catch(() => undefined);
      }
    }
  }

  /** @returns whether the switch is done; otherwise something came in between, and it has to be tried again. */
  async #attempt(): Promise<boolean> {
    const { book, onLoaded, onPriceChanged } = this.#options;
    const actions = [...this.#actions];
    await this.#loadHolders(actions);
    const waiting = [...this.#waiting!];
    const portfolios = await this.#completed(waiting.flatMap(([, portfolio]) => portfolio ?? []));
    if (this.#actions.length !== actions.length || !isSame(waiting, this.#waiting!)) return false;
    const missing = waiting.flatMap(([id, portfolio]) => (portfolio ? [] : id));
    this.#waiting = null;
    this.#actions = [];
    this.#ready = new Map();
    // From here to the end nothing else happens: no value is computed with the one and without the other.
    onPriceChanged(book.takeActions(actions));
    onPriceChanged(book.releasePrices(actions.map(({ symbol }) => symbol)));
    onLoaded(portfolios, missing, true);
    return true;
  }

  // Many holders take a while, so others come to their turn in between; an attempt that follows has to do only what is new.
  async #completed(portfolios: readonly Portfolio[]): Promise<Portfolio[]> {
    const { clock } = this.#options;
    const { number } = this.#known;
    const open = portfolios.filter((portfolio) => this.#ready.get(portfolio)?.number !== number);
    for (let at = 0; at < open.length; at += SET_SIZE) {
      if (at > 0) await new Promise<void>((resolve) => void clock.defer(resolve));
      const set = open.slice(at, at + SET_SIZE);
      const completed = await this.#known.complete(set);
      set.forEach((portfolio, index) => this.#ready.set(portfolio, { number, portfolio: completed[index]! }));
    }
    return portfolios.map((portfolio) => this.#ready.get(portfolio)!.portfolio);
  }

  async #loadHolders(actions: readonly CorporateAction[]): Promise<void> {
    const { book, repository } = this.#options;
    const waiting = this.#waiting!;
    const ids = new Set(actions.flatMap(({ symbol }) => book.holdersOf(symbol)));
    const unloaded = [...ids].filter((id) => !waiting.has(id));
    for (let at = 0; at < unloaded.length; at += SET_SIZE) {
      const set = unloaded.slice(at, at + SET_SIZE);
      const found = await this.#calls.run('loadMany()', () => loadPortfolios(repository, set));
      // What was loaded meanwhile is newer.
      for (const portfolio of found) if (!waiting.has(portfolio.id)) waiting.set(portfolio.id, portfolio);
      for (const id of set) if (!waiting.has(id)) waiting.set(id, null);
    }
  }
}

function isSame(
  before: ReadonlyArray<[string, Portfolio | null]>,
  now: ReadonlyMap<string, Portfolio | null>,
): boolean {
  return before.length === now.size && before.every(([id, portfolio]) => now.get(id) === portfolio);
}
