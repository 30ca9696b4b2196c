import type { Portfolio } from '../portfolio.js';

/** Whether an entry from `since` on (ms since 1970) names a symbol: a portfolio that held it then and no longer does has one. */
export function isNamedSince({ entries, lastEntryAt }: Portfolio, symbol: string, since: number): boolean {
  if (lastEntryAt < since) return false;
  const name = JSON.stringify(symbol);
  return entries.some((entry) => entry.at >= since && JSON.stringify(entry).includes(name));
}
