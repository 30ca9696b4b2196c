import { currencyOf } from './currency.js';

/** One step of a path: from one currency to the next. */
export interface CurrencyStep {
  readonly to: string;
  /** Symbol of the pair; `null` for the fixed ratio of a minor unit. */
  readonly symbol: string | null;
  /** Whether the pair, or the minor unit, is passed from its quote to its base. */
  readonly inverse: boolean;
  /** Minor units in one major unit; 1 for a pair. */
  readonly ratio: bigint;
}

/** Currencies, connected by pairs and by the fixed ratios of minor units. */
export class CurrencyGraph {
  readonly #steps = new Map<string, CurrencyStep[]>();

  /** Connects the currencies of a pair. */
  join(symbol: string, base: string, quote: string): void {
    this.#stepsFrom(base).push({ to: quote, symbol, inverse: false, ratio: 1n });
    this.#stepsFrom(quote).push({ to: base, symbol, inverse: true, ratio: 1n });
  }

  /**
   * The shortest path over usable pairs, of equally short ones the one whose pairs were joined first; `null` if there is none.
   * @throws TickmarkError `UNKNOWN_CURRENCY`.
   */
  path(from: string, to: string, isUsable: (symbol: string) => boolean): readonly CurrencyStep[] | null {
    if (from === to) return [];
    this.#stepsFrom(to);
    const reached = new Map<string, CurrencyStep[]>([[from, []]]);
    // Breadth first, so that the first path found is a shortest one.
    for (const queue = [from]; queue.length > 0;) {
      const at = queue.shift()!;
      const soFar = reached.get(at)!;
      for (const step of this.#stepsFrom(at)) {
        if (reached.has(step.to) || (step.symbol !== null && !isUsable(step.symbol))) continue;
        const path = [...soFar, step];
        if (step.to === to) return path;
        reached.set(step.to, path);
        queue.push(step.to);
      }
    }
    return null;
  }

  // Minor units are connected on first use of their currency, so that currencies defined later work as well.
  #stepsFrom(code: string): CurrencyStep[] {
    let steps = this.#steps.get(code);
    if (steps) return steps;
    steps = [];
    this.#steps.set(code, steps);
    const { minorOf } = currencyOf(code);
    if (minorOf) {
      const ratio = BigInt(minorOf.ratio);
      steps.push({ to: minorOf.code, symbol: null, inverse: false, ratio });
      this.#stepsFrom(minorOf.code).push({ to: code, symbol: null, inverse: true, ratio });
    }
    return steps;
  }
}
