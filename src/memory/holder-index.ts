import type { Portfolio } from '../core/portfolio/portfolio.js';

/** Which portfolios hold a symbol. An update costs as much as the portfolio has positions. */
export class HolderIndex {
  readonly #holders = new Map<string, Set<string>>();

  /** Ids of the portfolios that hold the symbol. */
  holdersOf(symbol: string): string[] {
    return [...(this.#holders.get(symbol) ?? [])];
  }

  /** Updates the index after a save or a delete; `null`: no portfolio. */
  replace(before: Portfolio | null, after: Portfolio | null): void {
    for (const { symbol } of before?.positions ?? []) {
      if (!after?.position(symbol)) this.#remove(symbol, before!.id);
    }
    for (const { symbol } of after?.positions ?? []) {
      if (!before?.position(symbol)) this.#add(symbol, after!.id);
    }
  }

  #add(symbol: string, id: string): void {
    const holders = this.#holders.get(symbol);
    if (holders) holders.add(id);
    else this.#holders.set(symbol, new Set([id]));
  }

  #remove(symbol: string, id: string): void {
    const holders = this.#holders.get(symbol);
    holders?.delete(id);
    if (holders?.size === 0) this.#holders.delete(symbol);
  }
}
