/** Symbols of one link. */
interface Share {
  /** Those that it carries. */
  readonly has: Set<string>;
  /** Those that are about to move to it. They take a place already. */
  readonly expects: Set<string>;
}

/** Which link can be closed, and where its symbols would go. */
export interface SurplusLink<Link extends object> {
  readonly link: Link;
  readonly moves: ReadonlyMap<Link, readonly string[]>;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Decides which link carries which symbol: each symbol is on one link, and no link has more than the limit. New symbols fill the oldest
 * links first, so that there are no more links than the symbols need.
 */
export class SymbolPlaces<Link extends object> {
  readonly #limit: number;
  readonly #shares = new Map<Link, Share>();
  readonly #linkOf = new Map<string, Link>();

  /** @param limit Most symbols on one link, at least 1; `Infinity` for no limit. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Links, oldest first. */
  get links(): readonly Link[] {
    return [...this.#shares.keys()];
  }

  /** Number of links. */
  get count(): number {
    return this.#shares.size;
  }

  /** The link that carries the symbol. */
  linkOf(symbol: string): Link | undefined {
    return this.#linkOf.get(symbol);
  }

  /** The symbols that the link carries, in the order in which they came. */
  on(link: Link): ReadonlySet<string> {
    return this.#shares.get(link)?.has ?? NONE;
  }

  /** Symbols that are about to move to the link. */
  expectedOn(link: Link): ReadonlySet<string> {
    return this.#shares.get(link)?.expects ?? NONE;
  }

  /** Adds a link without symbols. */
  add(link: Link): void {
    this.#shares.set(link, { has: new Set(), expects: new Set() });
  }

  /** Removes a link with its symbols, which it returns. */
  drop(link: Link): readonly string[] {
    const symbols = [...this.on(link)];
    for (const symbol of symbols) this.#linkOf.delete(symbol);
    this.#shares.delete(link);
    return symbols;
  }

  /** Places for more symbols, on all links but one. */
  free(except?: Link): number {
    let free = 0;
    for (const link of this.#shares.keys()) if (link !== except) free += this.#freeOn(link);
    return free;
  }

  /**
   * Finds a place for each symbol. @returns the symbols by link, also those that had a place already.
   * @param open Adds a link, when all others are full.
   * @param except A link that gets no more symbols.
   */
  place(symbols: Iterable<string>, open: () => Link, except?: Link): Map<Link, string[]> {
    const placed = new Map<Link, string[]>();
    const links = this.links.filter((link) => link !== except);
    for (const symbol of symbols) {
      let link = this.#linkOf.get(symbol);
      if (link === undefined) {
        while (links.length > 0 && this.#freeOn(links[0]!) < 1) links.shift();
        if (links.length === 0) links.push(open());
        link = links[0]!;
        this.#shares.get(link)!.has.add(symbol);
        this.#linkOf.set(symbol, link);
      }
      listOf(placed, link).push(symbol);
    }
    return placed;
  }

  /** Frees the places of symbols. @returns them by link, also by the one to which they were about to move. */
  remove(symbols: Iterable<string>): Map<Link, string[]> {
    const removed = new Map<Link, string[]>();
    for (const symbol of symbols) {
      this.#linkOf.delete(symbol);
      for (const [link, { has, expects }] of this.#shares) {
        const [had, expected] = [has.delete(symbol), expects.delete(symbol)];
        if (had || expected) listOf(removed, link).push(symbol);
      }
    }
    return removed;
  }

  /**
   * The link with the fewest symbols, if it has none, or the others have room for them and for a quarter of a link more. Without the
   * quarter, the next few symbols would open it again.
   */
  surplus(): SurplusLink<Link> | undefined {
    if (this.count < 2) return undefined;
    let link = this.links[0]!;
    for (const each of this.links) if (this.on(each).size <= this.on(link).size) link = each;
    const symbols = [...this.on(link)];
    if (symbols.length > 0 && this.free(link) < symbols.length + Math.floor(this.#limit / 4))
      return undefined;
    const moves = new Map<Link, string[]>();
    for (const to of this.links) {
      if (to === link) continue;
      const some = symbols.splice(0, this.#freeOn(to));
      if (some.length > 0) moves.set(to, some);
    }
    return { link, moves };
  }

  /** Symbols are about to move to a link, where they take a place from now on. */
  expect(symbols: Iterable<string>, link: Link): void {
    for (const symbol of symbols) this.#shares.get(link)!.expects.add(symbol);
  }

  /** A symbol that was expected on a link is carried by it from now on. */
  move(symbol: string, to: Link): void {
    const share = this.#shares.get(to)!;
    const from = this.#linkOf.get(symbol);
    if (!share.expects.delete(symbol) || from === undefined) return;
    this.#shares.get(from)?.has.delete(symbol);
    share.has.add(symbol);
    this.#linkOf.set(symbol, to);
  }

  /** No symbol is about to move any more. @returns those that were, by the link that expected them. */
  cancelMoves(): Map<Link, string[]> {
    const cancelled = new Map<Link, string[]>();
    for (const [link, { expects }] of this.#shares) {
      if (expects.size > 0) cancelled.set(link, [...expects]);
      expects.clear();
    }
    return cancelled;
  }

  #freeOn(link: Link): number {
    const { has, expects } = this.#shares.get(link)!;
    return Math.max(0, this.#limit - has.size - expects.size);
  }
}

function listOf<Link extends object>(lists: Map<Link, string[]>, link: Link): string[] {
  let list = lists.get(link);
  if (!list) lists.set(link, (list = []));
  return list;
}
