import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  ConcurrencyError,
  EntityNotFoundError,
  Portfolio,
  type PortfolioRepository,
  type PriceRecord,
  type ValuationOutcome,
  type ValuationRecord,
} from 'tickmark';
import { readJson, writeJson } from './json-file.js';
import { outcomeOf, priceOf, valuationOf, type Row, type Written } from './rows.js';

/**
 * One JSON file a portfolio. It compares and writes without giving way in between, which makes each call atomic within one
 * process; across processes a file would need a lock, a database its `UPDATE … WHERE version = …`.
 */
export class JsonFileRepository implements PortfolioRepository {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async load(id: string): Promise<Portfolio | null> {
    return portfolioOf(this.#row(id));
  }

  async loadMany(ids: readonly string[]): Promise<Portfolio[]> {
    return [...new Set(ids)].flatMap((id) => portfolioOf(this.#row(id)) ?? []);
  }

  async findHolders(symbol: string): Promise<string[]> {
    const rows = this.#names().map((name) => readJson<Row>(join(this.#folder, name)));
    return rows.flatMap((row) => (portfolioOf(row)?.position(symbol) ? row!.id : []));
  }

  async *stream(): AsyncIterable<Portfolio> {
    for (const name of this.#names()) {
      const portfolio = portfolioOf(readJson<Row>(join(this.#folder, name)));
      if (portfolio) yield portfolio;
    }
  }

  async save(portfolio: Portfolio): Promise<Portfolio> {
    const { id, version } = portfolio;
    const row = this.#row(id);
    if (version !== 0 || row?.portfolio) compare(row, id, version);
    // Versions of an id go on after a deletion, so that nothing computed from its former life is accepted.
    const saved = portfolio.withVersion((row?.version ?? 0) + 1);
    this.#write({
      id,
      version: saved.version,
      portfolio: saved.toSnapshot(),
      valuation: row?.valuation ?? null,
    });
    return saved;
  }

  async delete(id: string, expectedVersion: number): Promise<void> {
    compare(this.#row(id), id, expectedVersion);
    this.#write({ id, version: expectedVersion, portfolio: null, valuation: null });
  }

  async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    return valuations.map((offered) => {
      const row = this.#row(offered.portfolioId);
      if (!row?.portfolio) return 'missing';
      const outcome = outcomeOf(offered, row);
      if (outcome === 'saved') this.#write({ ...row, valuation: offered });
      return outcome;
    });
  }

  async loadValuations(ids: readonly string[]): Promise<ValuationRecord[]> {
    const stored = [...new Set(ids)].map((id) => this.#row(id)?.valuation);
    return stored.flatMap((valuation) => (valuation ? valuationOf(valuation) : []));
  }

  async savePrices(prices: readonly PriceRecord[]): Promise<void> {
    const stored = new Map(this.#prices().map((price) => [price.symbol, price]));
    for (const price of prices)
      if (price.timestamp >= (stored.get(price.symbol)?.timestamp ?? 0)) stored.set(price.symbol, price);
    writeJson(join(this.#folder, 'prices'), [...stored.values()]);
  }

  async loadPrices(): Promise<PriceRecord[]> {
    return this.#prices();
  }

  #prices(): PriceRecord[] {
    const stored = readJson<ReadonlyArray<Written<PriceRecord>>>(join(this.#folder, 'prices'));
    return (stored ?? []).map(priceOf);
  }

  #names(): string[] {
    return readdirSync(this.#folder).filter((name) => name.endsWith('.json'));
  }

  // An id may be any text, and a file name may not.
  #path(id: string): string {
    return join(this.#folder, `${createHash('sha256').update(id).digest('hex')}.json`);
  }

  #row(id: string): Row | null {
    return readJson<Row>(this.#path(id));
  }

  #write(row: Omit<Row, 'valuation'> & { valuation: ValuationRecord | Row['valuation'] }): void {
    writeJson(this.#path(row.id), row);
  }
}

function portfolioOf(row: Row | null): Portfolio | null {
  return row?.portfolio ? Portfolio.fromSnapshot(row.portfolio) : null;
}

function compare(row: Row | null, id: string, expected: number): void {
  if (!row) throw new EntityNotFoundError(id);
  if (!row.portfolio) throw new EntityNotFoundError(id, 'PORTFOLIO_DELETED');
  if (row.version !== expected) throw new ConcurrencyError(id, expected, row.version);
}
