import PQueue from 'p-queue';
import type { Clock } from '../../clock.js';
import { quote } from '../../errors.js';
import type {
  PortfolioRepository,
  ValuationOutcome,
  ValuationRecord,
} from '../../portfolio/portfolio-repository.js';
import type { RandomSource } from '../../random.js';
import { bisectRefused } from './bisected-save.js';
import { PendingSet } from './pending-portfolios.js';
import type { PositionBook } from '../../book/position-book.js';
import { SaveRounds } from './save-rounds.js';
import { checkOutcomes } from '../../portfolio/repository-calls.js';
import { Quarantine } from './quarantine.js';
import type { StoreCalls } from './store-calls.js';
import { UnsavedPortfolios } from './unsaved-portfolios.js';

/** Options of {@link ValuationSaver}. */
export interface ValuationSaverOptions {
  readonly repository: PortfolioRepository;
  readonly book: PositionBook;
  readonly calls: StoreCalls;
  readonly intervalMs: number;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Whether storing is allowed now. */
  readonly mayStore: () => boolean;
  /** Whether the portfolio with this number is stored here, and not by another engine. Default: always. */
  readonly actsFor?: (number: number) => boolean;
  /** Stores the waiting prices; settles when that is done or takes too long. */
  readonly pricesFirst: () => Promise<void>;
  /** Called when the store has taken valuations. */
  readonly onStored: () => void;
  /** Called with portfolios whose holdings have changed or are gone: load them again. */
  readonly onStale: (portfolioIds: readonly string[]) => void;
}

/** Most quarantined rows that are retried in one round. */
const MAX_QUARANTINE_RETRIES = 10;

/** Stores the newest valuations in rounds: all that have changed since the last round, a set at a time. */
export class ValuationSaver {
  readonly outcomes: Record<ValuationOutcome, number> = { saved: 0, conflict: 0, outdated: 0, missing: 0 };
  readonly #options: ValuationSaverOptions;
  readonly #rounds: SaveRounds;
  readonly #queue: PQueue;
  readonly #unsaved = new UnsavedPortfolios();
  readonly #quarantine = new Quarantine();
  /** Portfolios whose value was stored recently: if the store refuses these now, it refuses everything. */
  #lastSaved: string[] = [];
  #isRoundGood = true;
  #isStoreRefusing = false;
  #isStopped = false;

  constructor(options: ValuationSaverOptions) {
    const { clock, random, intervalMs, concurrency } = options;
    this.#options = options;
    this.#queue = new PQueue({ concurrency });
    const round = () => this.#saveAll();
    this.#rounds = new SaveRounds({ clock, random, intervalMs, round, dueInMs: () => this.#dueInMs() });
  }

  /** Portfolios whose value the store refuses. */
  get refused(): number {
    return this.#quarantine.size;
  }

  /** Whether everything is stored, except for refused values. */
  get isIdle(): boolean {
    return this.#unsaved.waiting === 0 && !this.#rounds.isRunning;
  }

  /** Portfolios whose newest value is not stored, other than those refused. */
  get unsaved(): number {
    return this.#unsaved.count;
  }

  /** Since when the oldest of them is pending, monotonic ms; Infinity without one. */
  get oldest(): number {
    return this.#unsaved.oldest;
  }

  /** Ids of up to `limit` portfolios whose newest value is not stored. */
  unsavedIds(limit: number): string[] {
    const ids = new Set<string>();
    for (const numbers of [this.#quarantine.numbers(), this.#unsaved.numbers()]) {
      for (const number of numbers) {
        if (ids.size >= limit) return [...ids];
        const entry = this.#options.book.portfolio(number);
        if (entry) ids.add(entry.id);
      }
    }
    return [...ids];
  }

  /** Adds portfolios whose stored valuation is out of date. */
  enqueue(portfolioNumbers: ArrayLike<number>): void {
    this.#unsaved.addAll(portfolioNumbers, this.#options.clock.monotonic());
    this.#rounds.schedule();
  }

  /** Called when storing is allowed from now on. */
  wake(): void {
    void this.#rounds.flush();
  }

  /** Stores all waiting valuations now; settles when that is done or has failed. */
  flush(): Promise<void> {
    return this.#rounds.flush();
  }

  /** Stops storing. */
  stop(): void {
    this.#isStopped = true;
    this.#rounds.stop();
    this.#queue.clear();
  }

  #dueInMs(): number {
    if (!this.#options.mayStore()) return Infinity;
    return this.#unsaved.waiting > 0
      ? 0
      : Math.max(0, this.#quarantine.nextAt - this.#options.clock.monotonic());
  }

  async #saveAll(): Promise<boolean> {
    const { batchSize, book, calls, clock, concurrency, mayStore } = this.#options;
    this.#isRoundGood = true;
    this.#isStoreRefusing = false;
    const enqueue = (set: PendingSet, isAlone: boolean) => {
      this.#unsaved.begin(set);
      this.#queue
        .add(() => this.#save(set, isAlone))
        .catch((cause: unknown) => {
          this.#isRoundGood = false;
          this.#unsaved.putBackAll(set);
          calls.recordFailure(cause);
        })
        .finally(() => this.#unsaved.end(set))
        .catch(() => undefined);
    };
    const mayContinue = () => !this.#isStopped && !this.#isStoreRefusing && mayStore();
    for (let left = this.#unsaved.waiting; left > 0 && mayContinue(); left -= batchSize) {
      // Records are created just before each save, so that they are the newest, and the event loop runs in between.
      await this.#queue.onSizeLessThan(concurrency);
      if (!mayContinue()) break;
      enqueue(this.#unsaved.take(Math.min(left, batchSize)), false);
      await new Promise<void>((resolve) => void clock.defer(resolve));
    }
    const isSame = (number: number, id: string, version: number) => {
      const entry = book.portfolio(number);
      return entry?.id === id && entry.version === version;
    };
    const now = clock.monotonic();
    for (const number of mayContinue() ? this.#quarantine.due(now, isSame, MAX_QUARANTINE_RETRIES) : [])
      enqueue(new PendingSet(Int32Array.of(number), Float64Array.of(now)), true);
    await this.#queue.onIdle();
    return this.#isRoundGood;
  }

  async #save(set: PendingSet, isAlone: boolean): Promise<void> {
    const { actsFor, book, pricesFirst } = this.#options;
    const records: ValuationRecord[] = [];
    for (const number of set.numbers) {
      const record = actsFor?.(number) === false ? undefined : book.record(number);
      if (!record && isAlone) this.#quarantine.delete(number);
      // Quarantined rows are retried alone.
      if (record && (isAlone || !this.#quarantine.has(number))) records.push(record);
    }
    if (records.length === 0) return;
    await pricesFirst();
    try {
      await this.#savePiece(records, set);
    } catch (cause) {
      await this.#onSaveFailed(records, cause, set, isAlone);
    }
  }

  async #onSaveFailed(
    records: readonly ValuationRecord[],
    firstCause: unknown,
    set: PendingSet,
    isAlone: boolean,
  ): Promise<void> {
    const { book, calls, clock, random } = this.#options;
    const done = await bisectRefused(records, firstCause, (piece) => this.#savePiece(piece, set), random);
    const { refused, unsaved, hasSaved, isFailure, cause } = done;
    if (!isAlone) for (const { portfolioId } of unsaved) this.#enqueueAgain(portfolioId, set);
    if (isFailure) {
      this.#isRoundGood = false;
      calls.recordFailure(cause);
    } else if (
      !isAlone &&
      refused.length + unsaved.length > 0 &&
      !hasSaved &&
      !(await this.#acceptsKnownGood(refused))
    ) {
      this.#isRoundGood = false;
      this.#isStoreRefusing = true;
      for (const { row } of refused) this.#enqueueAgain(row.portfolioId, set);
      const { portfolioId } = records[0]!;
      const message = `The repository refuses all values, such as that of ${quote(portfolioId)}; it is retried.`;
      calls.recordFailure(cause, message);
      return;
    }
    for (const { row, cause: verdict } of refused) {
      const { portfolioId, version } = row;
      const number = book.numberOf(portfolioId);
      if (number === undefined) continue;
      if (this.#quarantine.add(number, portfolioId, version, clock.monotonic()))
        calls.reportRefusal(`the value of portfolio ${quote(portfolioId)}`, verdict);
    }
  }

  // Unless the portfolio has left the book.
  #enqueueAgain(portfolioId: string, set: PendingSet): void {
    const { book, clock } = this.#options;
    const number = book.numberOf(portfolioId);
    if (number !== undefined) this.#unsaved.putBack(number, set, clock.monotonic());
  }

  async #savePiece(records: readonly ValuationRecord[], set: PendingSet): Promise<void> {
    const { book, calls, repository, onStale, onStored } = this.#options;
    const outcomes = await calls.run('saveValuations()', () => repository.saveValuations(records));
    checkOutcomes('saveValuations', outcomes, records.length);
    const stale: string[] = [];
    outcomes.forEach((outcome, index) => {
      this.outcomes[outcome]++;
      if (outcome !== 'conflict' && outcome !== 'missing') return;
      const { portfolioId } = records[index]!;
      stale.push(portfolioId);
      // It waits until it is stored or the portfolio has left the book, even if loading it again changes nothing.
      this.#enqueueAgain(portfolioId, set);
    });
    if (this.#quarantine.size > 0)
      for (const { portfolioId } of records) this.#quarantine.delete(book.numberOf(portfolioId) ?? -1);
    this.#lastSaved = [records[0]!.portfolioId, records.at(-1)!.portfolioId, ...this.#lastSaved].slice(0, 6);
    onStored();
    if (stale.length > 0) onStale(stale);
  }

  // Saves a value again that the store took before.
  async #acceptsKnownGood(refused: readonly { readonly row: ValuationRecord }[]): Promise<boolean> {
    const { book, calls, repository } = this.#options;
    const suspects = new Set(refused.map(({ row }) => row.portfolioId));
    for (const id of this.#lastSaved) {
      const number = suspects.has(id) ? undefined : book.numberOf(id);
      const record = number === undefined || this.#quarantine.has(number) ? undefined : book.record(number);
      if (!record) continue;
      return calls
        .run('saveValuations()', () => repository.saveValuations([record]))
        .then(({ length }) => length === 1)
        .catch(() => false);
    }
    return false;
  }
}
