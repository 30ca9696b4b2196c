import { Fraction } from '../../money/fraction.js';
import type { SubtotalUnits } from '../columns/computed-values.js';
import { BY_ROW, UNPRICED, indexOf, type LedgerPage } from '../columns/ledger-pages.js';
import type { CurrencySummation } from './currency-sums.js';
import type { LedgerFigures } from '../valuation/ledger-figures.js';
import { worthOfInverses } from '../valuation/rates.js';
import type { TotalsInput } from '../valuation/streamed-totals.js';
import { worthOf, type ValuationInput } from '../valuation/valuation-input.js';

/** What is the same for all portfolios of a book that are summed. */
export interface SummedBook extends Pick<TotalsInput, 'conversions' | 'inversePrices'> {
  /** What goes into the valuation of a portfolio, row by row. */
  readonly inputOf: (number: number) => ValuationInput;
}

/** Adds what a portfolio is worth in each currency. It uses the same inputs as the streamed totals. */
export function addStreamed(
  sum: CurrencySummation,
  book: SummedBook,
  number: number,
  page: LedgerPage,
  units: SubtotalUnits,
): void {
  const at = indexOf(number);
  const state = page.states[at]!;
  sum.portfolios++;
  if (state === BY_ROW) return addRows(sum, book.inputOf(number));
  if (state === UNPRICED) sum.unpriced++;
  const figures = page.figures?.[at];
  if (figures) return addFigures(sum, book, figures, units);
  const { currency, cash } = page.portfolios[at]!;
  const scale = page.valueScales[at]!;
  if (typeof units === 'number') sum.addPositions(currency, units, 0, scale);
  else sum.addPositions(currency, units[0]!, units[1]!, scale);
  if (cash.size > 0) for (const [code, balance] of cash) sum.addCash(code, balance);
}

function addFigures(
  sum: CurrencySummation,
  { conversions, inversePrices }: SummedBook,
  { currencies, inverses, accrued, cash }: LedgerFigures,
  units: SubtotalUnits,
): void {
  const list = typeof units === 'object' ? units : [units, 0];
  for (const { conversion, subtotal, scale, settled } of currencies) {
    const currency = conversions[conversion]!.from;
    sum.addPositions(currency, list[2 * subtotal]!, list[2 * subtotal + 1]!, scale);
    sum.add('longExposure', currency, settled[0]);
    sum.add('shortExposure', currency, settled[1]);
    if (inverses.length === 0) continue;
    const [long, short] = worthOfInverses(inverses, subtotal, inversePrices);
    // The exposure of an inverse contract has the opposite sign of its worth.
    sum.add('marketValue', currency, long.plus(short));
    sum.add('longExposure', currency, long.negated());
    sum.add('shortExposure', currency, short.negated());
  }
  for (const { conversion, amount } of accrued) {
    sum.add('accruedInterest', conversions[conversion]!.from, amount);
  }
  for (const { currency, account } of cash) sum.addCash(currency, account.balance);
}

function addRows(sum: CurrencySummation, { rows, cash }: ValuationInput): void {
  const worths = rows.map(worthOf);
  if (worths.some(({ worth }) => worth === null)) sum.unpriced++;
  for (const { currency, marketValue, exposure, accrued } of worths) {
    if (!marketValue || !exposure) continue;
    sum.add('marketValue', currency, marketValue);
    sum.add('accruedInterest', currency, accrued);
    sum.add(exposure.sign < 0 ? 'shortExposure' : 'longExposure', currency, exposure);
  }
  for (const [currency, { balance }] of cash) sum.add('cash', currency, Fraction.from(balance));
}
