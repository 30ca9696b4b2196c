import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import {
  ConcurrencyError,
  EntityNotFoundError,
  Portfolio,
  type PortfolioRepository,
  type PriceRecord,
  type ValuationOutcome,
  type ValuationRecord,
} from 'tickmark';
import type { LedgerEntry } from 'tickmark/ledger';
import { newerPrice, valuationOutcome } from 'tickmark/parts';
import { priceOf, valuationOf, type Line, type Row, type Unwritten, type Written } from './rows.js';

/**
 * Keeps everything in memory and in a journal, one line of JSON per change; the next start reads the journal.
 *
 * Each method compares and writes without an `await` in between, which makes it atomic within one process. Across
 * processes the store itself must compare and write: `UPDATE … WHERE version = …`.
 */
export class JournalRepository implements PortfolioRepository {
  readonly #path: string;
  readonly #rows = new Map<string, Row>();
  readonly #prices = new Map<string, Written<PriceRecord>>();

  constructor(path: string) {
    this.#path = path;
    const journal = existsSync(path) ? readFileSync(path, 'utf8') : '';
    for (const line of journal.split('\n')) if (line !== '') this.#apply(line);
  }

  async load(id: string): Promise<Portfolio | null> {
    return portfolioOf(this.#rows.get(id));
  }

  async loadMany(ids: readonly string[]): Promise<Portfolio[]> {
    return [...new Set(ids)].flatMap((id) => portfolioOf(this.#rows.get(id)) ?? []);
  }

  async findHolders(symbol: string, since = Infinity): Promise<string[]> {
    const isFound = (row: Row): boolean => {
      const portfolio = portfolioOf(row);
      if (!portfolio) return false;
      const isNamed = (entry: LedgerEntry): boolean =>
        entry.at >= since && JSON.stringify(entry).includes(JSON.stringify(symbol));
      return portfolio.position(symbol) !== undefined || portfolio.entries.some(isNamed);
    };
    return [...this.#rows.values()].filter(isFound).map(({ id }) => id);
  }

  async *stream(): AsyncIterable<Portfolio> {
    for (const row of this.#rows.values()) if (row.portfolio) yield portfolioOf(row)!;
  }

  async save(portfolio: Portfolio): Promise<Portfolio> {
    const { id, version } = portfolio;
    const row = this.#rows.get(id);
    if (version !== 0 || row?.portfolio) compare(row, id, version);
    // Versions of an id continue after a deletion, so that no value of the deleted portfolio is accepted.
    const saved = portfolio.withVersion((row?.version ?? 0) + 1);
    const valuation = row?.valuation ?? null;
    this.#write({ row: { id, version: saved.version, portfolio: saved.toSnapshot(), valuation } });
    return saved;
  }

  async delete(id: string, expectedVersion: number): Promise<void> {
    compare(this.#rows.get(id), id, expectedVersion);
    this.#write({ row: { id, version: expectedVersion, portfolio: null, valuation: null } });
  }

  async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    return valuations.map((valuation) => {
      const row = this.#rows.get(valuation.portfolioId);
      if (!row?.portfolio) return 'missing';
      const stored = row.valuation ? valuationOf(row.valuation) : undefined;
      const outcome = valuationOutcome(valuation, row.version, stored);
      if (outcome === 'saved') this.#write({ row: { ...row, valuation } });
      return outcome;
    });
  }

  async loadValuations(ids: readonly string[]): Promise<ValuationRecord[]> {
    const stored = [...new Set(ids)].map((id) => this.#rows.get(id)?.valuation);
    return stored.flatMap((valuation) => (valuation ? valuationOf(valuation) : []));
  }

  async savePrices(prices: readonly PriceRecord[]): Promise<void> {
    for (const price of prices) {
      const stored = this.#prices.get(price.symbol);
      this.#write({ price: stored ? newerPrice(priceOf(stored), price) : price });
    }
  }

  async loadPrices(): Promise<PriceRecord[]> {
    return [...this.#prices.values()].map(priceOf);
  }

  #write(change: Line<Row | Unwritten, PriceRecord>): void {
    const line = JSON.stringify(change);
    appendFileSync(this.#path, `${line}\n`);
    this.#apply(line);
  }

  // Parsed again, so that the stored record is never the caller's own object.
  #apply(line: string): void {
    const { row, price } = JSON.parse(line) as Line<Row, Written<PriceRecord>>;
    if (row) this.#rows.set(row.id, row);
    if (price) this.#prices.set(price.symbol, price);
  }
}

// A portfolio is written down as its ledger; what is held follows from it.
function portfolioOf(row: Row | undefined): Portfolio | null {
  return row?.portfolio ? Portfolio.fromSnapshot(row.portfolio) : null;
}

function compare(row: Row | undefined, id: string, expected: number): void {
  if (!row) throw new EntityNotFoundError(id);
  if (!row.portfolio) throw new EntityNotFoundError(id, 'PORTFOLIO_DELETED');
  if (row.version !== expected) throw new ConcurrencyError(id, expected, row.version);
}
