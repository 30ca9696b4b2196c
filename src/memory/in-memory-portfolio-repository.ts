import { checkDelay, sleep, systemClock, type Clock } from '../core/clock.js';
import { ConcurrencyError, EntityNotFoundError, TickmarkError, quote } from '../core/errors.js';
import type {
  HoldingsChanges,
  PortfolioRepository,
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from '../core/portfolio/portfolio-repository.js';
import type { LedgerEntry } from '../core/portfolio/ledger/ledger-entry.js';
import { entriesWithin, timeRangeOf, type LedgerRange } from '../core/portfolio/ledger/ledger-range.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import { filterOf, type ShardOptions } from '../core/shards/shard-selection.js';
import { saveOutcome, type SaveOutcome } from '../core/portfolio/save-outcome.js';
import type {
  CorporateAction,
  CorporateActionRecord,
} from '../core/portfolio/corporate-actions/corporate-action.js';
import { isNamedSince } from '../core/portfolio/corporate-actions/named-since.js';
import { HolderIndex } from './holder-index.js';
import { StoredActions } from './stored-actions.js';
import { frozenPrice, newerPrice } from '../core/portfolio/newer-price.js';
import { frozenValuation, valuationOutcome } from '../core/portfolio/valuation-outcome.js';
import { TIME_AND_CHANCE, checkOptions } from '../core/options.js';
import { keepRaw } from '../core/keep-raw.js';

/** Options of {@link InMemoryPortfolioRepository}. */
export interface InMemoryPortfolioRepositoryOptions {
  /** Time, for `latencyMs`. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Latency of each call, in ms, as over a network. Default 0: one microtask. */
  readonly latencyMs?: number;
}

/** Counters of {@link InMemoryPortfolioRepository}. */
export interface InMemoryPortfolioRepositoryStats {
  /** Portfolios stored now. */
  readonly portfolios: number;
  /** Ids that were deleted and not created again; each is remembered. */
  readonly deleted: number;
  /** Valuations stored now. */
  readonly valuations: number;
  /** Prices stored now. */
  readonly prices: number;
  /** Saves and deletes of holdings that succeeded. */
  readonly writes: number;
  /** Saves and deletes that met a version conflict. */
  readonly conflicts: number;
  /** Valuations offered, by outcome. */
  readonly outcomes: Readonly<Record<ValuationOutcome, number>>;
}

const WHERE = 'InMemoryPortfolioRepository';

// A deleted portfolio keeps its row: versions continue above its last one when the id is created again, and `stream()` yields
// each id once.
interface Row {
  version: number;
  portfolio: Portfolio | null;
  valuation: ValuationRecord | undefined;
  /** Number of the write that changed it last. */
  changed: number;
}

/**
 * Keeps portfolios, valuations and prices in memory: for tests and demonstrations, and as the reference implementation. Each call
 * yields once before it reads the store, as one over a network does, and then compares and writes in one step.
 *
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository, Portfolio } from 'tickmark';
 *
 * const repository = new InMemoryPortfolioRepository();
 * const saved = await repository.save(Portfolio.create({ id: 'ada', currency: 'USD' }));
 * console.log(saved.version); // 1
 * ```
 */
export class InMemoryPortfolioRepository implements PortfolioRepository {
  static {
    keepRaw(this);
  }

  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #rows = new Map<string, Row>();
  readonly #holders = new HolderIndex();
  readonly #prices = new Map<string, PriceRecord>();
  readonly #actions = new StoredActions();
  readonly #outcomes = { saved: 0, conflict: 0, outdated: 0, missing: 0 };
  #portfolios = 0;
  #valuations = 0;
  #writes = 0;
  #conflicts = 0;

  constructor(options: InMemoryPortfolioRepositoryOptions = {}) {
    checkOptions(WHERE, options, { clock: TIME_AND_CHANCE.clock, latencyMs: true });
    checkDelay(options.latencyMs ?? 0, `${WHERE}: latencyMs`);
    this.#clock = options.clock ?? systemClock;
    this.#latencyMs = options.latencyMs ?? 0;
  }

  async load(id: string): Promise<Portfolio | null> {
    await this.#awaitLatency();
    return this.#rows.get(id)?.portfolio ?? null;
  }

  async loadMany(ids: readonly string[]): Promise<Portfolio[]> {
    const wanted = new Set(ids);
    await this.#awaitLatency();
    return [...wanted].flatMap((id) => this.#rows.get(id)?.portfolio ?? []);
  }

  async findHolders(symbol: string, since = Infinity, options: ShardOptions = {}): Promise<string[]> {
    const isSelected = filterOf(options, `${WHERE}.findHolders()`);
    await this.#awaitLatency();
    const holders = this.#holders.holdersOf(symbol).filter(isSelected);
    if (since === Infinity) return holders;
    const traders = [...this.#rows.values()].flatMap(({ portfolio }) =>
      portfolio && isNamedSince(portfolio, symbol, since) && isSelected(portfolio.id) ? portfolio.id : [],
    );
    return [...new Set([...holders, ...traders])];
  }

  async *ledger(portfolioId: string, range: LedgerRange = {}): AsyncIterable<LedgerEntry> {
    const times = timeRangeOf(range, 'InMemoryPortfolioRepository.ledger()');
    await this.#awaitLatency();
    const row = this.#rows.get(portfolioId);
    if (!row?.portfolio) throw notFound(portfolioId, row);
    yield* entriesWithin(row.portfolio.entries, times);
  }

  async *stream(options: ShardOptions = {}): AsyncIterable<Portfolio> {
    const isSelected = filterOf(options, `${WHERE}.stream()`);
    await this.#awaitLatency();
    for (const { portfolio } of this.#rows.values()) {
      if (portfolio && isSelected(portfolio.id)) yield portfolio;
    }
  }

  async save(portfolio: Portfolio): Promise<Portfolio> {
    await this.#awaitLatency();
    return this.#save(portfolio);
  }

  async saveMany(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]> {
    const given = [...portfolios];
    await this.#awaitLatency();
    return given.map((portfolio) => {
      try {
        return { outcome: 'saved', portfolio: this.#save(portfolio) };
      } catch (error) {
        return saveOutcome(error);
      }
    });
  }

  async delete(id: string, expectedVersion: number): Promise<void> {
    await this.#awaitLatency();
    this.#compare(this.#rows.get(id), id, expectedVersion);
    const row = this.#write(id, null);
    if (row.valuation) this.#valuations--;
    row.valuation = undefined;
  }

  async changesSince(since: string | null, options: ShardOptions = {}): Promise<HoldingsChanges> {
    const isSelected = filterOf(options, `${WHERE}.changesSince()`);
    await this.#awaitLatency();
    const last = since === null ? this.#writes : Number(since);
    const portfolios: Array<readonly [string, number | null]> = [];
    if (last !== this.#writes) {
      for (const [id, { portfolio, version, changed }] of this.#rows)
        if (changed > last && isSelected(id)) portfolios.push([id, portfolio && version]);
    }
    return { cursor: String(this.#writes), portfolios, isReset: !(last <= this.#writes) };
  }

  async saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]> {
    const offered = valuations.map(frozenValuation);
    await this.#awaitLatency();
    return offered.map((each) => this.#saveValuation(each));
  }

  async loadValuations(ids: readonly string[]): Promise<ValuationRecord[]> {
    const wanted = new Set(ids);
    await this.#awaitLatency();
    return [...wanted].flatMap((id) => this.#rows.get(id)?.valuation ?? []);
  }

  async savePrices(prices: readonly PriceRecord[]): Promise<void> {
    const offered = prices.map(frozenPrice);
    await this.#awaitLatency();
    for (const price of offered) {
      const stored = this.#prices.get(price.symbol);
      this.#prices.set(price.symbol, stored ? newerPrice(stored, price) : price);
    }
  }

  async loadPrices(): Promise<PriceRecord[]> {
    await this.#awaitLatency();
    return [...this.#prices.values()];
  }

  async saveCorporateAction(action: CorporateAction, isBooked: boolean): Promise<CorporateActionRecord> {
    await this.#awaitLatency();
    return this.#actions.save(action, isBooked);
  }

  async corporateActions(after = 0): Promise<CorporateActionRecord[]> {
    await this.#awaitLatency();
    return this.#actions.after(after);
  }

  /** Counters. */
  stats(): InMemoryPortfolioRepositoryStats {
    return {
      portfolios: this.#portfolios,
      deleted: this.#rows.size - this.#portfolios,
      valuations: this.#valuations,
      prices: this.#prices.size,
      writes: this.#writes,
      conflicts: this.#conflicts,
      outcomes: { ...this.#outcomes },
    };
  }

  #awaitLatency(): Promise<void> {
    return this.#latencyMs > 0 ? sleep(this.#clock, this.#latencyMs) : Promise.resolve();
  }

  #save(portfolio: Portfolio): Portfolio {
    const { id, version } = portfolio;
    const row = this.#rows.get(id);
    if (version !== 0 || row?.portfolio) this.#compare(row, id, version);
    if (!portfolio.isLedgerLoaded) throw withoutLedger(id);
    const saved = portfolio.withVersion((row?.version ?? 0) + 1);
    this.#write(id, saved);
    return saved;
  }

  #compare(row: Row | undefined, id: string, expected: number): void {
    if (!row?.portfolio) throw notFound(id, row);
    if (row.version === expected) return;
    this.#conflicts++;
    throw new ConcurrencyError(id, expected, row.version);
  }

  #write(id: string, portfolio: Portfolio | null): Row {
    let row = this.#rows.get(id);
    if (!row) this.#rows.set(id, (row = { version: 0, portfolio: null, valuation: undefined, changed: 0 }));
    this.#holders.replace(row.portfolio, portfolio);
    this.#portfolios += Number(portfolio !== null) - Number(row.portfolio !== null);
    row.changed = ++this.#writes;
    row.portfolio = portfolio;
    if (portfolio) row.version = portfolio.version;
    return row;
  }

  #saveValuation(offered: ValuationRecord): ValuationOutcome {
    const row = this.#rows.get(offered.portfolioId);
    const outcome = row?.portfolio ? valuationOutcome(offered, row.version, row.valuation) : 'missing';
    if (outcome === 'saved') {
      if (!row!.valuation) this.#valuations++;
      row!.valuation = offered;
    }
    this.#outcomes[outcome]++;
    return outcome;
  }
}

// A row without a portfolio is that of a deleted one.
function notFound(id: string, row: Row | undefined): EntityNotFoundError {
  return new EntityNotFoundError(id, row ? 'PORTFOLIO_DELETED' : 'PORTFOLIO_NOT_FOUND');
}

// It was loaded from another store, which has the entries.
function withoutLedger(id: string): TickmarkError {
  return new TickmarkError(
    'LEDGER_NOT_LOADED',
    `Portfolio ${quote(id)} has not its whole ledger, and cannot be stored elsewhere: load it with load(id, { ledger: 'whole' }).`,
  );
}
