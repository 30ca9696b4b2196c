import type { Clock } from '../../clock.js';
import type { PortfolioRepository, PriceRecord } from '../../portfolio/portfolio-repository.js';
import type { RandomSource } from '../../random.js';
import { quote } from '../../errors.js';
import { bisectRefused } from './bisected-save.js';
import { UniqueQueue } from '../../book/unique-queue.js';
import type { PositionBook } from '../../book/position-book.js';
import { SaveRounds } from './save-rounds.js';
import { Quarantine } from './quarantine.js';
import type { StoreCalls } from './store-calls.js';

/** Options of {@link PriceSaver}. */
export interface PriceSaverOptions {
  readonly repository: PortfolioRepository;
  readonly book: PositionBook;
  readonly calls: StoreCalls;
  /** Time in ms from one call to the next. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Whether storing is allowed now. */
  readonly mayStore: () => boolean;
  /** Called when the store has taken prices. */
  readonly onStored: () => void;
}

interface Row {
  readonly number: number;
  readonly record: PriceRecord;
}

/** Longest time that valuations wait for prices. */
export const PRICES_FIRST_MS = 500;

/** Stores the newest prices in rounds: all changed prices in one call, one call at a time. */
export class PriceSaver {
  readonly #options: PriceSaverOptions;
  readonly #rounds: SaveRounds;
  readonly #pending = new UniqueQueue();
  readonly #quarantine = new Quarantine();
  /** A symbol whose price was stored: if the store refuses it now, it refuses everything. */
  #lastSaved = -1;

  constructor(options: PriceSaverOptions) {
    const { clock, random, intervalMs } = options;
    this.#options = options;
    const round = () => this.#saveAll();
    this.#rounds = new SaveRounds({ clock, random, intervalMs, round, dueInMs: () => this.#dueInMs() });
  }

  /** Symbols whose price the store refuses. */
  get refused(): number {
    return this.#quarantine.size;
  }

  /** Whether everything is stored, except for refused prices. */
  get isIdle(): boolean {
    return this.#pending.size === 0 && !this.#rounds.isRunning;
  }

  /** Adds symbols whose stored price is out of date. */
  enqueue(symbolNumbers: ArrayLike<number>): void {
    this.#pending.addAll(symbolNumbers);
    this.#rounds.schedule();
  }

  /** Called when storing is allowed from now on. */
  wake(): void {
    void this.#rounds.flush();
  }

  /** Stores all waiting prices now; resolves when that is done or has failed. */
  flush(): Promise<void> {
    return this.#rounds.flush();
  }

  /** Whether it is worth waiting for {@link flush}: the store has taken prices recently. */
  get isPrompt(): boolean {
    return !this.#rounds.isFailing && this.#rounds.runningMs < PRICES_FIRST_MS;
  }

  /** Stops storing. */
  stop(): void {
    this.#rounds.stop();
  }

  #dueInMs(): number {
    if (!this.#options.mayStore()) return Infinity;
    return this.#pending.size > 0
      ? 0
      : Math.max(0, this.#quarantine.nextAt - this.#options.clock.monotonic());
  }

  async #saveAll(): Promise<boolean> {
    const { clock, book } = this.#options;
    const due = this.#quarantine.due(clock.monotonic(), () => true, 1);
    const fresh = this.#pending.take().filter((number) => !this.#quarantine.has(number));
    const rowsOf = (numbers: ArrayLike<number>) =>
      Array.from(numbers, (number): Row => ({ number, record: book.priceRecord(number) }));
    const isGood = await this.#save(rowsOf(fresh));
    return due.length === 0 ? isGood : (await this.#save(rowsOf(due))) && isGood;
  }

  async #save(rows: readonly Row[]): Promise<boolean> {
    if (rows.length === 0) return true;
    try {
      await this.#savePiece(rows);
      return true;
    } catch (cause) {
      return this.#onSaveFailed(rows, cause);
    }
  }

  async #onSaveFailed(rows: readonly Row[], firstCause: unknown): Promise<boolean> {
    const { calls, clock, random } = this.#options;
    const done = await bisectRefused(rows, firstCause, (piece) => this.#savePiece(piece), random);
    const { refused, unsaved, hasSaved, isFailure, cause } = done;
    for (const { number } of unsaved) this.#pending.add(number);
    const isAtFault =
      isFailure || (refused.length + unsaved.length > 0 && !hasSaved && !(await this.#acceptsKnownGood()));
    if (isAtFault) {
      calls.recordFailure(cause);
      for (const { row } of refused) this.#pending.add(row.number);
      return false;
    }
    for (const { row, cause: verdict } of refused) {
      const { symbol } = row.record;
      if (this.#quarantine.add(row.number, symbol, 0, clock.monotonic()))
        calls.reportRefusal(`the price of ${quote(symbol)}`, verdict);
    }
    return true;
  }

  async #savePiece(piece: readonly Row[]): Promise<void> {
    const { calls, repository, onStored } = this.#options;
    await calls.run('savePrices()', () => repository.savePrices(piece.map(({ record }) => record)));
    this.#lastSaved = piece[0]!.number;
    if (this.#quarantine.size > 0) for (const { number } of piece) this.#quarantine.delete(number);
    onStored();
  }

  // Saves a price again that the store took before.
  async #acceptsKnownGood(): Promise<boolean> {
    const { calls, book, repository } = this.#options;
    if (this.#lastSaved < 0) return false;
    const record = book.priceRecord(this.#lastSaved);
    return calls
      .run('savePrices()', () => repository.savePrices([record]))
      .then(() => true)
      .catch(() => false);
  }
}
