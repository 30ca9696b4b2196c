import { sleep, systemClock, type Clock } from '../core/clock.js';
import { RepositoryError, throwIfAborted } from '../core/errors.js';
import { checkNumber } from '../core/options.js';
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
   * Prices that the values must be computed from. Default: the stored prices, read again for each slice, so that the store is
   * compared with itself. With a list, a value computed from other prices is a difference.
   */
  readonly prices?: readonly PriceRecord[];
  /** Currency pairs of the engines. Default: none. */
  readonly fx?: ReadonlyArray<FxPair | string>;
  /** Age in ms from which a rate counts as unknown. Default: no limit. */
  readonly fxMaxAgeMs?: number;
  /** Default `'last'`. */
  readonly fxPolicy?: FxPolicy;
  /** Default `lastPrice`. */
  readonly policy?: PricePolicy;
  /** Replaces each wrong value with the right one. Default `false`. */
  readonly repair?: boolean;
  /** Portfolios compared at a time. Default 1000. */
  readonly sliceSize?: number;
  /** How long a live engine may take to store a value, in ms: what still differs after that is wrong. Default 2000. */
  readonly graceMs?: number;
  /** Comparisons of a value that live engines keep changing. Default 5. */
  readonly attempts?: number;
  /** Ends the work, with `ABORTED`. Default: none. */
  readonly signal?: AbortSignal;
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Called after each slice, and at the end. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Called with each difference, also with those that the report leaves out. */
  readonly onDifference?: (difference: ValuationDifference) => void;
}

/** Progress of {@link verify}. */
export interface VerifyProgress {
  /** Portfolios compared. */
  readonly checked: number;
  /** Values found wrong. */
  readonly differences: number;
  /** Wrong values that were replaced. */
  readonly repaired: number;
}

/** A stored value that differs from the one computed from holdings and prices. */
export interface ValuationDifference {
  readonly portfolioId: string;
  /** `missing`: no value is stored; `version`: it is of another version of the holdings; `figures`: of the same version, and wrong. */
  readonly kind: 'missing' | 'version' | 'figures';
  /** The fields that differ: stored and expected. */
  readonly fields: readonly ComparedField[];
  readonly isRepaired: boolean;
}

/** Result of {@link verify}. */
export interface VerifyReport extends VerifyProgress {
  /** The first thousand differences. */
  readonly found: readonly ValuationDifference[];
  /** Values that engines replaced before each comparison, so that they could not be judged. */
  readonly changing: number;
}

/** A value that differed in the first comparison. */
interface Suspect {
  readonly portfolioId: string;
  /** Comparisons so far, after the first. */
  comparisons: number;
  /** What was stored at the last comparison. */
  stored: ValuationRecord | undefined;
}

const MOST_LISTED = 1000;
/** Basis of a repaired value that replaces one with a `priceOrder` which no engine can have computed. */
const REPAIRED = 'repaired';

/**
 * Compares every stored value with one recomputed from the stored holdings and prices, reports differences and, on request,
 * repairs them. It may run beside live engines: what differs is compared again after `graceMs`, and a value that was
 * replaced in between is not reported.
 *
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository } from 'tickmark';
 * import { verify } from 'tickmark/verify';
 *
 * const repository = new InMemoryPortfolioRepository();
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
    checkNumber('verify: sliceSize', sliceSize, { from: 1, isWhole: true });
    checkNumber('verify: graceMs', graceMs, { from: 0, isWhole: true });
    checkNumber('verify: attempts', attempts, { from: 1, isWhole: true });
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
        if (slice.length === this.#sliceSize) await this.#compareSlice(slice.splice(0));
      }
      await this.#compareSlice(slice);
      await this.#compareAgain();
    } catch (cause) {
      if ((cause as { code?: string }).code === 'ABORTED') throw cause;
      const why = cause instanceof Error ? `: ${cause.message}` : '.';
      throw new RepositoryError(`Verifying the stored values failed${why}`, { cause });
    }
    this.#reportProgress();
    return { ...this.#progress(), found: this.#found, changing: this.#changing };
  }

  async #compareSlice(slice: readonly Portfolio[]): Promise<void> {
    if (slice.length === 0) return;
    throwIfAborted(this.#options.signal, 'Verifying');
    const expected = await this.#expected(slice);
    const stored = await this.#stored(slice.map(({ id }) => id));
    for (const { id } of slice) {
      const found = stored.get(id);
      if (!isRight(found, expected.get(id)!, this.#isGiven))
        this.#suspects.push({ portfolioId: id, comparisons: 0, stored: found });
    }
    this.#checked += slice.length;
    this.#reportProgress();
  }

  // What engines have not stored within `graceMs` is wrong.
  async #compareAgain(): Promise<void> {
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
        this.#reportProgress();
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
    // It may have been deleted meanwhile.
    if (version === undefined || !expected || isRight(stored, expected, this.#isGiven)) return;
    suspect.comparisons++;
    const isChanging = !isSameRecord(stored, suspect.stored) || version !== expected.version;
    const isNewer =
      !this.#isGiven && isComparable(stored, expected) && stored.priceOrder > expected.priceOrder;
    suspect.stored = stored;
    if (isChanging && suspect.comparisons >= this.#attempts) this.#changing++;
    else if (isChanging || (isNewer && suspect.comparisons < this.#attempts)) this.#suspects.push(suspect);
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

  // Saves as an engine would, so that nothing newer is replaced. A stored value with a higher order than its prices can have is
  // replaced by one of another basis, which the next value of an engine replaces.
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

  #reportProgress(): void {
    this.#options.onProgress?.(this.#progress());
  }
}

/** Whether a stored value has the expected figures; where prices are not given, also the expected `priceOrder`. */
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
