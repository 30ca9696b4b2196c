import type { PortfolioTotals } from '../portfolio/figures/portfolio-totals.js';
import { indexOf, pageOf, type LedgerPage } from './columns/ledger-pages.js';
import type { LiveConversion } from './conversion-table.js';
import { unitsWith, type ComputedValues, type SubtotalUnits } from './columns/computed-values.js';
import { streamedTotals, type TotalsInput } from './valuation/streamed-totals.js';
import { writePlainUnits } from './valuation/plain-units.js';
import type { PlainUnits, ValuedPortfolio, ValuedRow, ValuedRows } from './valued-rows.js';

/** What a {@link BookSnapshot} is taken of. */
export interface SnapshotSource {
  readonly values: ComputedValues;
  /** None of them changes any more. */
  readonly pages: readonly LedgerPage[];
  readonly conversions: readonly LiveConversion[];
  /** Of {@link InversePrices}; it does not change any more. */
  readonly inversePrices: Float64Array;
  /** When the values were computed, ms since 1970. */
  readonly computedAt: number;
}

/** Totals of some portfolios of a book at one moment. They are computed when they are read. */
export class BookSnapshot implements ValuedRows {
  readonly #numbers: Int32Array;
  readonly #units: Float64Array;
  /** Of short positions; `null` while the book has had none. */
  readonly #shorts: Float64Array | null;
  /** Values that are more than one safe integer, by row; `null` without any. */
  #others: Map<number, SubtotalUnits> | null = null;
  readonly #source: Omit<SnapshotSource, 'values'>;

  /** @param numbers Numbers of the portfolios. */
  constructor(numbers: Int32Array, { values, ...source }: SnapshotSource) {
    const { length } = numbers;
    // One buffer, since making buffers is most of what a small snapshot costs.
    const { simple, shorts } = values;
    const width = shorts ? 16 : 8;
    const buffer = new ArrayBuffer((width + 4) * length);
    this.#units = new Float64Array(buffer, 0, length);
    this.#shorts = shorts && new Float64Array(buffer, 8 * length, length);
    this.#numbers = new Int32Array(buffer, width * length, length);
    this.#numbers.set(numbers);
    for (let row = 0; row < length; row++) {
      const units = simple[numbers[row]!]!;
      this.#units[row] = units;
      if (shorts) this.#shorts![row] = shorts[numbers[row]!]!;
      if (!(units === units)) (this.#others ??= new Map()).set(row, values.unitsOf(numbers[row]!));
    }
    this.#source = source;
  }

  get length(): number {
    return this.#numbers.length;
  }

  portfolio(row: number): ValuedPortfolio {
    const number = this.#numbers[row]!;
    return pageOf(this.#source.pages, number).portfolios[indexOf(number)]!;
  }

  totals(row: number): PortfolioTotals {
    return this.row(row).totals();
  }

  plainUnits(row: number, units: PlainUnits): boolean {
    const number = this.#numbers[row]!;
    const page = pageOf(this.#source.pages, number);
    const short = this.#shorts ? this.#shorts[row]! : 0;
    return writePlainUnits(page, indexOf(number), this.#units[row]!, short, units);
  }

  row(row: number): ValuedRow {
    const number = this.#numbers[row]!;
    const { pages, conversions, inversePrices, computedAt: now } = this.#source;
    const page = pageOf(pages, number);
    const safe = this.#units[row]!;
    const units = Number.isNaN(safe)
      ? this.#others!.get(row)!
      : unitsWith(safe, this.#shorts ? this.#shorts[row]! : 0);
    return new SnapshotRow({ page, number, units, conversions, inversePrices, now });
  }
}

class SnapshotRow implements ValuedRow {
  readonly #input: TotalsInput;

  constructor(input: TotalsInput) {
    this.#input = input;
  }

  get portfolio(): ValuedPortfolio {
    const { page, number } = this.#input;
    return page.portfolios[indexOf(number)]!;
  }

  totals(): PortfolioTotals {
    return streamedTotals(this.#input);
  }
}
