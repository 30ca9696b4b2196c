import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';

/** Keeps what the ledger adds up to, and not the ledger. */
class LosesTheLedger extends InMemoryPortfolioRepository {
  override async load(id: string): Promise<Portfolio | null> {
    const loaded = await super.load(id);
    if (!loaded || loaded.entryCount < 20) return loaded;
    const { currency, costMethod, version } = loaded;
    const positions = loaded.positions.map(({ symbol, quantity, costBasis }) => ({
      symbol,
      quantity,
      costBasis,
    }));
    const cash = Object.fromEntries(loaded.cash);
    return Portfolio.create({ id, currency, costMethod, positions, cash }).withVersion(version);
  }
}

/** Retries a save under new ids. */
class AppliesTwice extends InMemoryPortfolioRepository {
  #saves = 0;

  override async save(portfolio: Portfolio): Promise<Portfolio> {
    if (++this.#saves % 20 > 0) return super.save(portfolio);
    const last = portfolio.entries.at(-1);
    if (last?.type !== 'buy') return super.save(portfolio);
    return super.save(portfolio.apply({ ...last, id: `${last.id} again` }));
  }
}

/** The version is stored in a transaction of its own, and the process ends before that of the ledger. */
class TakesTwoTransactions extends InMemoryPortfolioRepository {
  #saves = 0;

  override async save(portfolio: Portfolio): Promise<Portfolio> {
    const before = await this.load(portfolio.id);
    if (++this.#saves % 20 > 0 || !before) return super.save(portfolio);
    await super.save(before);
    return portfolio.withVersion(portfolio.version + 1);
  }
}

/** Late entries are appended, and what was booked before is not replayed. */
class AppendsLateEntries extends InMemoryPortfolioRepository {
  override async save(portfolio: Portfolio): Promise<Portfolio> {
    const before = await this.load(portfolio.id);
    const fresh = portfolio.entries.filter(({ id }) => before && !before.hasEntry(id));
    const latest = before?.entries.at(-1)?.at ?? 0;
    if (!before || fresh.every(({ at }) => at >= latest)) return super.save(portfolio);
    const appended = fresh.map((entry) => ({ ...entry, at: Math.max(entry.at, latest) }));
    return super.save(before.apply(appended));
  }
}

const HISTORY =
  'fills, late ones, repeats, cancellations, corrections and splits in any order end as the ledger replayed once';

/** Repositories that lose or repeat something in the course of a history, each with the rule that it breaks. */
export const BROKEN_HISTORIES: readonly [new () => InMemoryPortfolioRepository, string][] = [
  [LosesTheLedger, HISTORY],
  [AppliesTwice, HISTORY],
  [TakesTwoTransactions, HISTORY],
  [AppendsLateEntries, HISTORY],
];
