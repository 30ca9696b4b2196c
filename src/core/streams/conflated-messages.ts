import { isGap, type PriceStreamMessage } from './price-stream-adapter.js';
import type { PriceStreamGap } from '../prices/price-stream-gap.js';
import type { PriceUpdate } from '../prices/price-update.js';

interface Entry {
  message: PriceStreamMessage;
  /** Number of gaps before it. */
  readonly epoch: number;
  before: Entry | undefined;
  after: Entry | undefined;
}

/**
 * A backlog with at most one price per symbol. A newer price takes the place of the waiting one, so a symbol does not lose its turn to one
 * with more updates. After a gap it goes to the end instead, so a gap always comes before the prices that followed it. Gaps of the same
 * kind without a price between them are merged.
 */
export class ConflatedMessages {
  readonly #prices = new Map<string, Entry>();
  #first: Entry | undefined;
  #last: Entry | undefined;
  #epoch = 0;

  /** Adds a message; prices are copied. */
  push(message: PriceStreamMessage): void {
    if (isGap(message)) this.#pushGap(message);
    else this.#pushPrice(message);
  }

  /** Removes and returns the next message; `undefined` if none waits. */
  shift(): PriceStreamMessage | undefined {
    const entry = this.#first;
    if (!entry) return undefined;
    this.#unlink(entry);
    if (!isGap(entry.message)) this.#prices.delete(entry.message.symbol);
    return entry.message;
  }

  /** Drops all messages. */
  clear(): void {
    this.#prices.clear();
    this.#first = undefined;
    this.#last = undefined;
  }

  #pushPrice(update: PriceUpdate): void {
    const waiting = this.#prices.get(update.symbol);
    if (waiting?.epoch === this.#epoch) {
      waiting.message = { ...update };
      return;
    }
    if (waiting) this.#remove(waiting);
    this.#prices.set(update.symbol, this.#append({ ...update }));
  }

  #pushGap(gap: PriceStreamGap): void {
    const same = this.#mergeableGap(gap, this.#last);
    if (same) {
      same.message = mergeGaps(same.message as PriceStreamGap, gap);
      return;
    }
    this.#epoch++;
    this.#append(gap);
  }

  #append(message: PriceStreamMessage): Entry {
    const entry: Entry = { message, epoch: this.#epoch, before: this.#last, after: undefined };
    if (this.#last) this.#last.after = entry;
    else this.#first = entry;
    this.#last = entry;
    return entry;
  }

  #unlink({ before, after }: Entry): void {
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
  }

  #remove(price: Entry): void {
    const { before, after } = price;
    this.#unlink(price);
    for (let gap = after; gap && isGap(gap.message); gap = gap.after) {
      const same = this.#mergeableGap(gap.message, before);
      if (!same) continue;
      same.message = mergeGaps(same.message as PriceStreamGap, gap.message);
      this.#unlink(gap);
    }
  }

  // Searches the gaps at and before `from`, back to the first price.
  #mergeableGap(gap: PriceStreamGap, from: Entry | undefined): Entry | undefined {
    for (let entry = from; entry && isGap(entry.message); entry = entry.before) {
      if (entry.message.reason === gap.reason && entry.message.recovered === gap.recovered) return entry;
    }
    return undefined;
  }
}

function mergeGaps(a: PriceStreamGap, b: PriceStreamGap): PriceStreamGap {
  return {
    ...a,
    from: Math.min(a.from, b.from),
    to: Math.max(a.to, b.to),
    symbols: a.symbols === b.symbols ? a.symbols : [...new Set([...a.symbols, ...b.symbols])],
  };
}
