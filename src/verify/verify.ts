import { sleep, systemClock, type Clock } from '../core/clock.js';
import { RepositoryError, checkCount, throwIfAborted } from '../core/errors.js';
import type { FxPair } from '../core/money/fx-rates.js';
import type {
  PortfolioRepository,
  PriceRecord,
  ValuationRecord,
} from '../core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import type { FxPolicy } from '../core/book/conversion-table.js';
import { PositionBook } from '../core/book/position-book.js';
import type { PricePolicy } from '../core/book/price-policy.js';
import { loadPortfolios, saveValuations } from '../core/portfolio/repository-calls.js';
import { differingFields, type ComparedField } from './valuation-difference.js';

/** Options of {@link verify}. `fx`, `fxMaxAgeMs`, `fxPolicy` and `policy` must be those of the engines that store the values. */
export interface VerifyOptions {
  /**
   * What the values must be computed from. Default: the stored prices, read anew for each slice, so that the store is
   * compared with itself. With a list, a value of other prices is a difference.
   */
  readonly prices?: readonly PriceRecord[];
  /** Currency pairs. */
  readonly fx?: ReadonlyArray<FxPair | string>;
  /** Age in ms from which a rate counts as unknown. Default: no limit. */
  readonly fxMaxAgeMs?: number;
  /** Default `'last'`. */
  readonly fxPolicy?: FxPolicy;
  /** Default `lastPrice`. */
  readonly policy?: PricePolicy;
  /** Stores the right value in place of each that is wrong. Default `false`. */
  readonly repair?: boolean;
  /** Portfolios that are compared at a time. Default 1000. */
  readonly sliceSize?: number;
  /** How long a live engine may take to store a value, in ms: what still differs after that is wrong. Default 2000. */
  readonly graceMs?: number;
  /** How often a value is compared that live engines keep changing. Default 5. */
  readonly attempts?: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Told after each slice, and once more after the second look at what differed. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Told of each difference, also of those that the report leaves out. */
  readonly onDifference?: (difference: ValuationDifference) => void;
}

/** How far {@link verify} has come. */
export interface VerifyProgress {
  /** Portfolios compared. */
  readonly checked: number;
  /** Values found wrong. */
  readonly differences: number;
  /** Wrong values that were replaced. */
  readonly repaired: number;
}

/** A stored value that is not what holdings and prices come to. */
export interface ValuationDifference {
  readonly portfolioId: string;
  /** `missing`: there is no value; `version`: it is of other holdings; `figures`: it is of the same holdings, and wrong. */
  readonly kind: 'missing' | 'version' | 'figures';
  /** What differs, as text: stored and right. */
  readonly fields: readonly ComparedField[];
  readonly isRepaired: boolean;
}

/** What {@link verify} found. */
export interface VerifyReport extends VerifyProgress {
  /** The first thousand differences. */
  readonly found: readonly ValuationDifference[];
  /**
   * Values that engines replaced at each look, so that they could not be compared: live, and not wrong for long.
   */
  readonly changing: number;
}

/** A value that did not fit at the first look. */
interface Suspect {
  readonly portfolioId: string;
  /** How often it was looked at. */
  looks: number;
  /** What was stored at the last look. */
  stored: ValuationRecord | undefined;
}

const MOST_LISTED = 1000;
/** Basis of a value that had to replace one with an order that no engine can have given. */
const REPAIRED = 'repaired';

/**
 * Compares every stored value with one computed anew from the stored holdings and prices, names what differs and, on request,
 * repairs it. It runs beside live engines: what differs is looked at again after `graceMs`, and a value that has moved
 * on meanwhile is none.
 *
 * ```ts
 * const report = await verify(repository, { fx: ['EUR/USD'], onProgress: ({ checked }) => console.log(checked) });
 * for (const { portfolioId, fields } of report.found) console.log(portfolioId, fields);
 * ```
 *
 * @throws RepositoryError when the store fails; `ABORTED`; `INVALID_ARGUMENT` for an option out of range.
 */
export async function verify(
  repository: PortfolioRepository,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  return new Verification(repository, options).run();
}

class Verification {
  readonly #repository: PortfolioRepository;
  readonly #options: VerifyOptions;
  readonly #clock: Clock;
  readonly #sliceSize: number;
  readonly #graceMs: number;
  readonly #attempts: number;
  readonly #found: ValuationDifference[] = [];
  #suspects: Suspect[] = [];
  #checked = 0;
  #differences = 0;
  #repaired = 0;
  #changing = 0;

  constructor(repository: PortfolioRepository, options: VerifyOptions) {
    const { sliceSize = 1000, graceMs = 2000, attempts = 5 } = options;
    checkCount('verify: sliceSize', sliceSize);
    checkCount('verify: graceMs', graceMs, 0);
    checkCount('verify: attempts', attempts);
    this.#repository = repository;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#sliceSize = sliceSize;
    this.#graceMs = graceMs;
    this.#attempts = attempts;
  }

  async run(): Promise<VerifyReport> {
    try {
      const slice: Portfolio[] = [];
      for await (const portfolio of this.#repository.stream()) {
        slice.push(portfolio);
        if (slice.length === this.#sliceSize) await this.#lookFirst(slice.splice(0));
      }
      await this.#lookFirst(slice);
      await this.#lookAgain();
    } catch (cause) {
      if ((cause as { code?: string }).code === 'ABORTED') throw cause;
      const why = cause instanceof Error ? `: ${cause.message}` : '.';
      throw new RepositoryError(`Verifying the stored values failed${why}`, { cause });
    }
    this.#tell();
    return { ...this.#progress(), found: this.#found, changing: this.#changing };
  }

  async #lookFirst(slice: readonly Portfolio[]): Promise<void> {
    if (slice.length === 0) return;
    throwIfAborted(this.#options.signal, 'Verifying');
    const expected = await this.#expected(slice);
    const stored = await this.#stored(slice.map(({ id }) => id));
    for (const { id } of slice) {
      const found = stored.get(id);
      if (!isRight(found, expected.get(id)!, this.#isGiven))
        this.#suspects.push({ portfolioId: id, looks: 0, stored: found });
    }
    this.#checked += slice.length;
    this.#tell();
  }

  // What the engines have not stored within the time that they may take is wrong.
  async #lookAgain(): Promise<void> {
    for (let open = this.#suspects; open.length > 0; open = this.#suspects) {
      this.#suspects = [];
      for (let at = 0; at < open.length; at += this.#sliceSize) {
        throwIfAborted(this.#options.signal, 'Verifying');
        const part = open.slice(at, at + this.#sliceSize);
        const portfolios = await loadPortfolios(
          this.#repository,
          part.map(({ portfolioId }) => portfolioId),
        );
        const expected = await this.#expected(portfolios);
        await sleep(this.#clock, this.#graceMs, this.#options.signal).catch(() => undefined);
        throwIfAborted(this.#options.signal, 'Verifying');
        const stored = await this.#stored(portfolios.map(({ id }) => id));
        const now = new Map(
          (await loadPortfolios(this.#repository, [...expected.keys()])).map((each) => [
            each.id,
            each.version,
          ]),
        );
        for (const suspect of part)
          await this.#judge(suspect, expected.get(suspect.portfolioId), stored, now);
        this.#tell();
      }
    }
  }

  async #judge(
    suspect: Suspect,
    expected: ValuationRecord | undefined,
    storedNow: ReadonlyMap<string, ValuationRecord>,
    versions: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { portfolioId } = suspect;
    const stored = storedNow.get(portfolioId);
    const version = versions.get(portfolioId);
    // Deleted meanwhile: there is nothing to be right about.
    if (version === undefined || !expected || isRight(stored, expected, this.#isGiven)) return;
    suspect.looks++;
    const isMoving = !isSameRecord(stored, suspect.stored) || version !== expected.version;
    const isNewer =
      !this.#isGiven && isComparable(stored, expected) && stored.priceOrder > expected.priceOrder;
    suspect.stored = stored;
    if (isMoving && suspect.looks >= this.#attempts) this.#changing++;
    else if (isMoving || (isNewer && suspect.looks < this.#attempts)) this.#suspects.push(suspect);
    else await this.#differs(expected, stored);
  }

  async #differs(expected: ValuationRecord, stored: ValuationRecord | undefined): Promise<void> {
    const isRepaired = this.#options.repair === true && (await this.#repair(expected, stored));
    const kind = !stored ? 'missing' : stored.version !== expected.version ? 'version' : 'figures';
    const { portfolioId } = expected;
    const difference = { portfolioId, kind, fields: differingFields(stored, expected), isRepaired } as const;
    this.#differences++;
    if (isRepaired) this.#repaired++;
    if (this.#found.length < MOST_LISTED) this.#found.push(difference);
    this.#options.onDifference?.(difference);
  }

  // As an engine would, so that nothing newer is replaced. A stored value whose order is above what its prices can have is
  // replaced as one of another basis, to which engines return with their next value.
  async #repair(expected: ValuationRecord, stored: ValuationRecord | undefined): Promise<boolean> {
    const valuedAt = Math.max(expected.valuedAt, stored?.valuedAt ?? 0);
    const [outcome] = await saveValuations(this.#repository, [{ ...expected, valuedAt }]);
    if (outcome !== 'outdated') return outcome === 'saved';
    const [now] = await this.#repository.loadValuations([expected.portfolioId]);
    if (!isSameRecord(now, stored)) return false;
    return (
      (await saveValuations(this.#repository, [{ ...expected, valuedAt, basis: REPAIRED }]))[0] === 'saved'
    );
  }

  async #expected(portfolios: readonly Portfolio[]): Promise<Map<string, ValuationRecord>> {
    const { fx, fxMaxAgeMs, fxPolicy, policy, prices } = this.#options;
    const book = new PositionBook({ fx, fxMaxAgeMs, fxPolicy, policy, clock: this.#clock });
    book.restorePrices(prices ?? (await this.#repository.loadPrices()));
    for (const portfolio of portfolios) book.setPortfolio(portfolio);
    book.computeTotals();
    return new Map(portfolios.map(({ id }) => [id, book.record(book.numberOf(id)!)!]));
  }

  async #stored(ids: readonly string[]): Promise<Map<string, ValuationRecord>> {
    const records = await this.#repository.loadValuations(ids);
    return new Map(records.map((record) => [record.portfolioId, record]));
  }

  get #isGiven(): boolean {
    return this.#options.prices !== undefined;
  }

  #progress(): VerifyProgress {
    return { checked: this.#checked, differences: this.#differences, repaired: this.#repaired };
  }

  #tell(): void {
    this.#options.onProgress?.(this.#progress());
  }
}

/** Whether a stored value says what it must: of given prices in any order, of stored ones in theirs. */
function isRight(stored: ValuationRecord | undefined, expected: ValuationRecord, isGiven: boolean): boolean {
  if (!stored || stored.version !== expected.version) return false;
  const isOfSamePrices =
    isGiven || !isComparable(stored, expected) || stored.priceOrder === expected.priceOrder;
  return isOfSamePrices && differingFields(stored, expected).length === 0;
}

function isComparable(
  stored: ValuationRecord | undefined,
  expected: ValuationRecord,
): stored is ValuationRecord {
  return stored?.basis === expected.basis;
}

function isSameRecord(a: ValuationRecord | undefined, b: ValuationRecord | undefined): boolean {
  return a?.priceOrder === b?.priceOrder && a?.valuedAt === b?.valuedAt && a?.version === b?.version;
}
