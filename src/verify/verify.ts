import { sleep, systemClock, type Clock } from '../core/clock.js';
import { RepositoryError, throwIfAborted } from '../core/errors.js';
import { errorText } from '../core/error-text.js';
import { checkNumber, checkOptions, checkPart } from '../core/options.js';
import {
  REPOSITORY,
  type PortfolioRepository,
  type ValuationRecord,
} from '../core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import { loadPortfolios } from '../core/portfolio/repository-calls.js';
import { Recomputation } from './recomputation.js';
import { repairValuation } from './valuation-repair.js';
import { differingFields, isComparable, isRight, isSameRecord } from './valuation-difference.js';
import {
  VERIFY_OPTIONS,
  type ValuationDifference,
  type VerifyOptions,
  type VerifyProgress,
  type VerifyReport,
} from './verify-options.js';

/** A value that differed in the first comparison. */
interface Suspect {
  readonly portfolioId: string;
  /** Comparisons so far, after the first. */
  comparisons: number;
  /** What was stored at the last comparison. */
  stored: ValuationRecord | undefined;
}

const MOST_LISTED = 1000;

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
  checkPart('verify: repository', repository, REPOSITORY);
  checkOptions('verify', options, VERIFY_OPTIONS);
  return new Verification(repository, options).run();
}

class Verification {
  readonly #repository: PortfolioRepository;
  readonly #options: VerifyOptions;
  readonly #clock: Clock;
  readonly #recomputation: Recomputation;
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
    this.#recomputation = new Recomputation(repository, options, this.#clock);
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
      throw new RepositoryError(`Verifying the stored values failed: ${errorText(cause)}`, { cause });
    }
    await this.#reportProgress();
    return { ...this.#progress(), found: this.#found, changing: this.#changing };
  }

  async #compareSlice(slice: readonly Portfolio[]): Promise<void> {
    if (slice.length === 0) return;
    throwIfAborted(this.#options.signal, 'Verifying');
    const expected = await this.#recomputation.value(slice);
    const stored = await this.#stored(slice.map(({ id }) => id));
    for (const { id } of slice) {
      const found = stored.get(id);
      if (!isRight(found, expected.get(id)!, this.#isGiven))
        this.#suspects.push({ portfolioId: id, comparisons: 0, stored: found });
    }
    this.#checked += slice.length;
    await this.#reportProgress();
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
        const expected = await this.#recomputation.value(portfolios);
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
        await this.#reportProgress();
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
    const isRepaired =
      this.#options.repair === true && (await repairValuation(this.#repository, expected, stored));
    const kind = !stored ? 'missing' : stored.version !== expected.version ? 'version' : 'figures';
    const { portfolioId } = expected;
    const difference = { portfolioId, kind, fields: differingFields(stored, expected), isRepaired } as const;
    this.#differences++;
    if (isRepaired) this.#repaired++;
    if (this.#found.length < MOST_LISTED) this.#found.push(difference);
    await Promise.resolve(this.#options.onDifference?.(difference));
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

  async #reportProgress(): Promise<void> {
    await Promise.resolve(this.#options.onProgress?.(this.#progress()));
  }
}
