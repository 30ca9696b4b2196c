import type { ValuationRecord } from '../../portfolio/portfolio-repository.js';
import type { LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import { quotationOf } from './valuation-input.js';
import type { SymbolTable } from '../../prices/symbol-table.js';
import type { ConversionTable } from '../conversion-table.js';
import type { Holdings } from '../holdings.js';
import type { LatestPrices } from '../latest-prices.js';
import type { OrderSum } from './order-sum.js';
import type { PortfolioTable } from '../portfolio-table.js';
import { NONE } from '../columns/subtotals.js';

const MOST_LISTED = 100;
const NO_NAMES: readonly string[] = Object.freeze([]);

/** What a stored valuation says about the prices and rates that it was computed from. */
export type Provenance = Pick<
  ValuationRecord,
  'priceTime' | 'receivedAt' | 'liveUntil' | 'unpriced' | 'unconverted'
>;

/** What {@link ProvenanceReader} reads. */
export interface ProvenanceSources {
  readonly symbols: SymbolTable;
  readonly prices: LatestPrices;
  readonly portfolios: PortfolioTable;
  readonly holdings: Holdings;
  readonly conversions: ConversionTable;
}

/** Finds out which prices and rates the totals of a portfolio were computed from. */
export class ProvenanceReader {
  readonly #symbols: SymbolTable;
  readonly #prices: LatestPrices;
  readonly #portfolios: PortfolioTable;
  readonly #holdings: Holdings;
  readonly #conversions: ConversionTable;

  constructor({ symbols, prices, portfolios, holdings, conversions }: ProvenanceSources) {
    this.#symbols = symbols;
    this.#prices = prices;
    this.#portfolios = portfolios;
    this.#holdings = holdings;
    this.#conversions = conversions;
  }

  #isUsable(id: number, symbolSide: number, details: LedgerRow | undefined): boolean {
    if (!details) return true;
    const { instrument } = details;
    if (instrument.inverse && !(this.#holdings.priceOf(symbolSide) > 0)) return false;
    return quotationOf(instrument, this.#prices.currency(id)) !== null;
  }

  /** Provenance of a portfolio's totals. Adds the portfolio's symbols to `order`. */
  read(portfolio: number, order: OrderSum): Provenance {
    const [prices, holdings] = [this.#prices, this.#holdings];
    const { table, commonLifeMs } = prices;
    const { rows } = holdings;
    let newest = 0;
    let oldest = Infinity;
    let liveUntil = Infinity;
    let unpriced: string[] | undefined;
    for (let row = rows.firstOf(portfolio); row !== NONE; row = rows.nextOf(row)) {
      const symbolSide = rows.symbolSideOf(row);
      const id = symbolSide >> 1;
      const venueOrder = table.venueOrderOf(id);
      // Also for a symbol without a usable price: that it has none is news as well.
      if (!Number.isNaN(venueOrder)) order.add(venueOrder, table.arrivalOrderOf(id));
      if (!holdings.isPriced(symbolSide) || !this.#isUsable(id, symbolSide, rows.detailsOf(row))) {
        (unpriced ??= []).push(this.#symbols.symbolOf(id));
        continue;
      }
      newest = Math.max(newest, table.timestampOf(id));
      oldest = Math.min(oldest, table.receivedAtOf(id));
      if (commonLifeMs === null)
        liveUntil = Math.min(liveUntil, prices.liveUntil(id, this.#symbols.symbolOf(id)));
    }
    if (commonLifeMs !== null) liveUntil = oldest + commonLifeMs;
    const { currency } = this.#portfolios.at(portfolio);
    const { subtotals } = holdings;
    let unconverted: string[] | undefined;
    for (let subtotal = portfolio; subtotal !== NONE; subtotal = subtotals.nextOf(subtotal)) {
      if (!subtotals.isUsed(subtotal)) continue;
      const conversion = this.#conversions.at(subtotals.conversionOf(subtotal));
      const rate = conversion.sell?.rate;
      if (!rate) {
        if (conversion.from !== currency) (unconverted ??= []).push(conversion.from);
        continue;
      }
      newest = Math.max(newest, rate.newest);
      oldest = Math.min(oldest, rate.oldestReceivedAt);
      liveUntil = Math.min(liveUntil, rate.oldestReceivedAt + this.#conversions.maxAgeMs);
    }
    return {
      priceTime: newest,
      receivedAt: oldest === Infinity ? null : oldest,
      liveUntil: liveUntil === Infinity ? null : liveUntil,
      unpriced: unpriced?.slice(0, MOST_LISTED) ?? NO_NAMES,
      unconverted: unconverted?.sort().slice(0, MOST_LISTED) ?? NO_NAMES,
    };
  }
}
