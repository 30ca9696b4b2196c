import PQueue from 'p-queue';
import type { Clock } from '../../clock.js';
import { quote } from '../../errors.js';
import type {
  PortfolioRepository,
  ValuationOutcome,
  ValuationRecord,
} from '../../portfolio/portfolio-repository.js';
import type { RandomSource } from '../../random.js';
import { saveDivided } from './divided-save.js';
import { PendingPortfolios, OwedSet } from './pending-portfolios.js';
import type { PositionBook } from '../../book/position-book.js';
import { SaveRounds } from './save-rounds.js';
import { saveValuations } from '../../portfolio/repository-calls.js';
import { Quarantine } from './quarantine.js';
import type { StoreCalls } from './store-calls.js';

/** What a {@link ValuationSaver} works with. */
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
  /** Stores the prices that wait; settles when that is done or has taken too long. */
  readonly pricesFirst: () => Promise<void>;
  readonly onStored: () => void;
  readonly onStale: (portfolioIds: readonly string[]) => void;
}

/** Rows that the store refuses and that are tried again in one round. */
const RETRIED_A_ROUND = 10;

/** Stores the newest valuations in rounds: all that have changed since the last one, a set at a time. */
export class ValuationSaver {
  readonly outcomes: Record<ValuationOutcome, number> = { saved: 0, conflict: 0, outdated: 0, missing: 0 };
  readonly #with: ValuationSaverOptions;
  readonly #rounds: SaveRounds;
  readonly #queue: PQueue;
  readonly #owed = new PendingPortfolios();
  readonly #setAside = new Quarantine();
  readonly #underWay = new Set<OwedSet>();
  /** Portfolios whose value was stored lately: tell a store that refuses a value from one that refuses all. */
  #witnesses: string[] = [];
  #isRoundGood = true;
  #isStoreRefusing = false;
  #isStopped = false;

  constructor(options: ValuationSaverOptions) {
    const { clock, random, intervalMs, concurrency } = options;
    this.#with = options;
    this.#queue = new PQueue({ concurrency });
    const round = () => this.#saveAll();
    this.#rounds = new SaveRounds({ clock, random, intervalMs, round, dueInMs: () => this.#dueInMs() });
  }

  /** Portfolios whose value the store refuses. */
  get refused(): number {
    return this.#setAside.size;
  }

  /** Whether everything is stored, except for what is refused. */
  get isIdle(): boolean {
    return this.#owed.size === 0 && !this.#rounds.isRunning;
  }

  /** Portfolios whose newest value is not stored, other than those refused. */
  get unsaved(): number {
    let count = this.#owed.size;
    for (const { numbers } of this.#underWay)
      for (const number of numbers) if (!this.#owed.has(number)) count++;
    return count;
  }

  /** Since when the oldest of them is owed, monotonic ms; Infinity without one. */
  get oldest(): number {
    let oldest = this.#owed.oldest();
    for (const { since } of this.#underWay) for (const each of since) oldest = Math.min(oldest, each);
    return oldest;
  }

  /** Ids of up to `limit` portfolios whose newest value is not stored. */
  unsavedIds(limit: number): string[] {
    const ids = new Set<string>();
    const sources = [
      this.#setAside.numbers(),
      ...[...this.#underWay].map(({ numbers }) => numbers),
      this.#owed,
    ];
    for (const numbers of sources) {
      for (const number of numbers) {
        if (ids.size >= limit) return [...ids];
        const entry = this.#with.book.entry(number);
        if (entry) ids.add(entry.id);
      }
    }
    return [...ids];
  }

  /** Takes portfolios whose stored valuation is out of date. */
  take(portfolioNumbers: ArrayLike<number>): void {
    this.#owed.addAll(portfolioNumbers, this.#with.clock.monotonic());
    this.#rounds.schedule();
  }

  /** Storing is allowed from now on. */
  wake(): void {
    void this.#rounds.flush();
  }

  /** Stores what waits now; settles when that is done, well or not. */
  flush(): Promise<void> {
    return this.#rounds.flush();
  }

  /** Stores nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#rounds.stop();
    this.#queue.clear();
  }

  #dueInMs(): number {
    if (!this.#with.mayStore()) return Infinity;
    return this.#owed.size > 0 ? 0 : Math.max(0, this.#setAside.nextAt - this.#with.clock.monotonic());
  }

  async #saveAll(): Promise<boolean> {
    const { batchSize, book, calls, clock, concurrency, mayStore } = this.#with;
    this.#isRoundGood = true;
    this.#isStoreRefusing = false;
    const enqueue = (set: OwedSet, isAlone: boolean) => {
      this.#underWay.add(set);
      this.#queue
        .add(() => this.#save(set, isAlone))
        .catch((cause: unknown) => {
          this.#isRoundGood = false;
          this.#putBack(set);
          calls.failed(cause);
        })
        .finally(() => this.#underWay.delete(set))
        .catch(() => undefined);
    };
    const goesOn = () => !this.#isStopped && !this.#isStoreRefusing && mayStore();
    for (let left = this.#owed.size; left > 0 && goesOn(); left -= batchSize) {
      // Records are made when their turn comes: they are newest then, and the event loop gets its turn in between.
      await this.#queue.onSizeLessThan(concurrency);
      if (!goesOn()) break;
      enqueue(this.#owed.take(Math.min(left, batchSize)), false);
      await new Promise<void>((resolve) => void clock.defer(resolve));
    }
    const isSame = (number: number, id: string, version: number) => {
      const entry = book.entry(number);
      return entry?.id === id && entry.version === version;
    };
    const now = clock.monotonic();
    for (const number of goesOn() ? this.#setAside.due(now, isSame, RETRIED_A_ROUND) : [])
      enqueue(new OwedSet(Int32Array.of(number), Float64Array.of(now)), true);
    await this.#queue.onIdle();
    return this.#isRoundGood;
  }

  async #save(set: OwedSet, isAlone: boolean): Promise<void> {
    const { book, calls, clock, pricesFirst, random } = this.#with;
    const records: ValuationRecord[] = [];
    for (const number of set.numbers) {
      const record = book.record(number);
      if (!record && isAlone) this.#setAside.delete(number);
      // What is set aside is owed by that.
      if (record && (isAlone || !this.#setAside.has(number))) records.push(record);
    }
    if (records.length === 0) return;
    await pricesFirst();
    const done = await saveDivided(records, (piece) => this.#offer(piece, set), random);
    const { refused, left, isAccepted, isFailure, cause } = done;
    if (!isAlone) for (const { portfolioId } of left) this.#oweAgain(portfolioId, set);
    if (isFailure) {
      this.#isRoundGood = false;
      calls.failed(cause);
    } else if (!isAlone && refused.length + left.length > 0 && !isAccepted && !(await this.#works(refused))) {
      this.#isRoundGood = false;
      this.#isStoreRefusing = true;
      for (const { row } of refused) this.#oweAgain(row.portfolioId, set);
      const { portfolioId } = records[0]!;
      const message = `The repository refuses all values, such as that of ${quote(portfolioId)}; it is tried again.`;
      calls.failed(cause, message);
      return;
    }
    for (const { row, cause: verdict } of refused) {
      const { portfolioId, version } = row;
      const number = book.numberOf(portfolioId);
      if (number === undefined) continue;
      if (this.#setAside.add(number, portfolioId, version, clock.monotonic()))
        calls.refused(`the value of portfolio ${quote(portfolioId)}`, verdict);
    }
  }

  // Unless the portfolio has left the book.
  #oweAgain(portfolioId: string, set: OwedSet): void {
    const { book, clock } = this.#with;
    const number = book.numberOf(portfolioId);
    if (number !== undefined) this.#owed.putBack(number, set.sinceOf(number) ?? clock.monotonic());
  }

  #putBack({ numbers, since }: OwedSet): void {
    numbers.forEach((number, at) => this.#owed.putBack(number, since[at]!));
  }

  async #offer(records: readonly ValuationRecord[], set: OwedSet): Promise<void> {
    const { book, calls, repository, onStale, onStored } = this.#with;
    const outcomes = await calls.run('saveValuations()', () => saveValuations(repository, records));
    const stale: string[] = [];
    outcomes.forEach((outcome, index) => {
      this.outcomes[outcome]++;
      if (outcome !== 'conflict' && outcome !== 'missing') return;
      const { portfolioId } = records[index]!;
      stale.push(portfolioId);
      // Its value is owed until it is stored or the portfolio has left the book, even if loading it brings nothing new.
      this.#oweAgain(portfolioId, set);
    });
    if (this.#setAside.size > 0)
      for (const { portfolioId } of records) this.#setAside.delete(book.numberOf(portfolioId) ?? -1);
    this.#witnesses = [records[0]!.portfolioId, records.at(-1)!.portfolioId, ...this.#witnesses].slice(0, 6);
    onStored();
    if (stale.length > 0) onStale(stale);
  }

  // Offers again what the store took before.
  async #works(refused: readonly { readonly row: ValuationRecord }[]): Promise<boolean> {
    const { book, calls, repository } = this.#with;
    const suspects = new Set(refused.map(({ row }) => row.portfolioId));
    for (const id of this.#witnesses) {
      const number = suspects.has(id) ? undefined : book.numberOf(id);
      const record = number === undefined || this.#setAside.has(number) ? undefined : book.record(number);
      if (!record) continue;
      return calls
        .run('saveValuations()', () => saveValuations(repository, [record]))
        .then(() => true)
        .catch(() => false);
    }
    return false;
  }
}
