import type { DaySource } from '../../portfolio/ledger/day-history.js';
import type { Holding } from '../../portfolio/ledger/holding.js';
import type { Portfolio } from '../../portfolio/portfolio.js';
import type { SymbolTable } from '../../prices/symbol-table.js';

const NOBODY: ReadonlySet<number> = new Set();

/**
 * Portfolios whose day P&L depends on the previous close of a symbol that they do not hold: one that they sold today, or that was
 * renamed or merged into another.
 */
export class DayWatch {
  readonly #watchers = new Map<number, Set<number>>();
  readonly #watched = new Map<number, readonly number[]>();

  /** Watches the symbols of a portfolio, in place of those before. */
  set(portfolio: number, { account }: Portfolio, symbols: SymbolTable): void {
    this.remove(portfolio);
    const names = new Set<string>();
    for (const holding of account.holdings.values()) addNames(holding, names);
    if (names.size === 0) return;
    const ids = [...names].map((name) => symbols.idOf(name));
    this.#watched.set(portfolio, ids);
    for (const id of ids) {
      const watchers = this.#watchers.get(id);
      if (watchers) watchers.add(portfolio);
      else this.#watchers.set(id, new Set([portfolio]));
    }
  }

  /** Watches nothing for a portfolio any more. */
  remove(portfolio: number): void {
    for (const id of this.#watched.get(portfolio) ?? []) {
      const watchers = this.#watchers.get(id)!;
      watchers.delete(portfolio);
      if (watchers.size === 0) this.#watchers.delete(id);
    }
    this.#watched.delete(portfolio);
  }

  /** The portfolios that watch a symbol. */
  watchersOf(symbolId: number): ReadonlySet<number> {
    return this.#watchers.get(symbolId) ?? NOBODY;
  }
}

function addNames({ lots, instrument, events }: Holding, names: Set<string>): void {
  if (events.length === 0) return;
  if (lots.length === 0) names.add(instrument.symbol);
  for (const { source } of events) if (source) addSources(source, names);
}

function addSources({ history }: DaySource, names: Set<string>): void {
  names.add(history.instrument.symbol);
  for (const { source } of history.events) if (source) addSources(source, names);
}
