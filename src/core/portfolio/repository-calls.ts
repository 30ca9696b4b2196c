import { EntityNotFoundError, RepositoryError } from '../errors.js';
import { isNamedSince } from './corporate-actions/named-since.js';
import { filterOf, type ShardOptions } from '../shards/shard-selection.js';
import type { LedgerEntry } from './ledger/ledger-entry.js';
import { entriesWithin, timeRangeOf, type LedgerRange } from './ledger/ledger-range.js';
import type { PortfolioRepository, ValuationOutcome, ValuationRecord } from './portfolio-repository.js';
import type { Portfolio } from './portfolio.js';
import { saveOutcome, type SaveOutcome } from './save-outcome.js';

// Calls of a repository by tickmark go through here: methods that it may leave out have their substitutes, and answers are
// checked.

// Loads that run at a time where a repository has no `loadMany`.
const CONCURRENT_LOADS = 16;

/**
 * Loads portfolios by `loadMany`, or one by one where the repository has no such method.
 * @throws what the repository throws.
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository } from 'tickmark';
 * import { loadPortfolios } from 'tickmark/parts';
 *
 * await loadPortfolios(new InMemoryPortfolioRepository(), ['ada', 'bob']); // those that exist, each once, in no particular order
 * ```
 */
export async function loadPortfolios(
  repository: Pick<PortfolioRepository, 'load' | 'loadMany'>,
  ids: readonly string[],
): Promise<Portfolio[]> {
  if (repository.loadMany) return repository.loadMany(ids);
  const wanted = [...new Set(ids)];
  const found: Portfolio[] = [];
  for (let at = 0; at < wanted.length; at += CONCURRENT_LOADS) {
    const loads = wanted.slice(at, at + CONCURRENT_LOADS).map((id) => repository.load(id));
    for (const portfolio of await Promise.all(loads)) if (portfolio) found.push(portfolio);
  }
  return found;
}

/**
 * Ids of the portfolios that hold a symbol, by `findHolders`, or by reading all portfolios where the repository has no such
 * method.
 * @param since ms since 1970: also those that may have held it at that time. Default: only those that hold it now.
 * @param options `shards`: only of portfolios in these.
 * @throws what the repository throws; TickmarkError `INVALID_ARGUMENT` for shards out of range.
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository } from 'tickmark';
 * import { findHolders } from 'tickmark/parts';
 *
 * await findHolders(new InMemoryPortfolioRepository(), 'AAPL'); // []
 * ```
 */
export async function findHolders(
  repository: Pick<PortfolioRepository, 'stream' | 'findHolders'>,
  symbol: string,
  since = Infinity,
  options: ShardOptions = {},
): Promise<string[]> {
  const isSelected = filterOf(options, 'findHolders()');
  if (repository.findHolders) {
    const found = await repository.findHolders(symbol, since === Infinity ? undefined : since, options);
    return found.filter(isSelected);
  }
  const holders: string[] = [];
  for await (const portfolio of streamPortfolios(repository, options))
    if (portfolio.position(symbol) || isNamedSince(portfolio, symbol, since)) holders.push(portfolio.id);
  return holders;
}

/**
 * The portfolios of a repository, or those in some shards, each once, in constant memory.
 * @param options `shards`: only the portfolios in these. Default: all.
 * @throws TickmarkError `INVALID_ARGUMENT` for shards out of range; what the repository throws.
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository } from 'tickmark';
 * import { streamPortfolios } from 'tickmark/parts';
 *
 * const shards = { count: 64, shards: [0, 1] };
 * for await (const { id } of streamPortfolios(new InMemoryPortfolioRepository(), { shards })) console.log(id);
 * ```
 */
export async function* streamPortfolios(
  repository: Pick<PortfolioRepository, 'stream'>,
  options: ShardOptions = {},
): AsyncIterable<Portfolio> {
  const isSelected = filterOf(options, 'streamPortfolios()');
  for await (const portfolio of repository.stream(options)) if (isSelected(portfolio.id)) yield portfolio;
}

/**
 * The entries of a portfolio within a range, by their time, by `ledger`, or by loading the portfolio where the repository has no such method.
 * @param range `from` inclusive, `to` exclusive. Default: all entries.
 * @throws EntityNotFoundError at the first entry: `PORTFOLIO_NOT_FOUND`, and `PORTFOLIO_DELETED` where the repository has `ledger`;
 * TickmarkError `INVALID_ARGUMENT` for what is no time; what the repository throws.
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository, Portfolio } from 'tickmark';
 * import { portfolioLedger } from 'tickmark/parts';
 *
 * const repository = new InMemoryPortfolioRepository();
 * await repository.save(Portfolio.create({ id: 'ada', currency: 'USD' }).deposit(500, 'USD', { at: '2026-03-02T09:00:00Z' }));
 * for await (const { at, type } of portfolioLedger(repository, 'ada', { from: '2026-03-01T00:00:00Z' }))
 *   console.log(new Date(at).toISOString(), type); // 2026-03-02T09:00:00.000Z deposit
 * ```
 */
export async function* portfolioLedger(
  repository: Pick<PortfolioRepository, 'load' | 'ledger'>,
  portfolioId: string,
  range: LedgerRange = {},
): AsyncIterable<LedgerEntry> {
  if (repository.ledger) {
    yield* repository.ledger(portfolioId, range);
    return;
  }
  const times = timeRangeOf(range, 'portfolioLedger()');
  const portfolio = await repository.load(portfolioId, { ledger: 'whole' });
  if (!portfolio) throw new EntityNotFoundError(portfolioId);
  yield* entriesWithin(portfolio.entries, times);
}

/**
 * Saves several portfolios by `saveMany`, or one by one where the repository has no such method. Each is judged alone; the
 * outcomes come in the order of the portfolios.
 * @throws RepositoryError when the repository does not return one outcome for each portfolio.
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository, Portfolio } from 'tickmark';
 * import { savePortfolios } from 'tickmark/parts';
 *
 * const outcomes = await savePortfolios(new InMemoryPortfolioRepository(), [
 *   Portfolio.create({ id: 'ada', currency: 'USD' }),
 *   Portfolio.create({ id: 'bob', currency: 'EUR' }),
 * ]);
 * outcomes.map(({ outcome }) => outcome); // ['saved', 'saved']
 * ```
 */
export async function savePortfolios(
  repository: Pick<PortfolioRepository, 'save' | 'saveMany'>,
  portfolios: readonly Portfolio[],
): Promise<SaveOutcome[]> {
  if (portfolios.length === 0) return [];
  const given = [...portfolios];
  if (repository.saveMany) {
    const outcomes = await repository.saveMany(given);
    checkOutcomes('saveMany', outcomes, given.length);
    return outcomes;
  }
  const outcomes: SaveOutcome[] = [];
  for (const portfolio of given) {
    try {
      outcomes.push({ outcome: 'saved', portfolio: await repository.save(portfolio) });
    } catch (error) {
      outcomes.push(saveOutcome(error));
    }
  }
  return outcomes;
}

/**
 * Saves a set of valuations.
 * @throws RepositoryError when the repository does not return one outcome for each valuation; what the repository throws.
 */
export async function saveValuations(
  repository: Pick<PortfolioRepository, 'saveValuations'>,
  valuations: readonly ValuationRecord[],
): Promise<readonly ValuationOutcome[]> {
  if (valuations.length === 0) return [];
  const outcomes = await repository.saveValuations(valuations);
  checkOutcomes('saveValuations', outcomes, valuations.length);
  return outcomes;
}

/** Checks that a repository returned one outcome for each row. @throws RepositoryError. */
export function checkOutcomes(method: string, outcomes: readonly unknown[], expected: number): void {
  if (outcomes.length === expected) return;
  throw new RepositoryError(`${method}() returned ${outcomes.length} outcomes; expected ${expected}.`);
}
