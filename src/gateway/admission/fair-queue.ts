interface Entry<Item> {
  readonly finish: number;
  /** Among equals, the first in is the first out. */
  readonly order: number;
  readonly item: Item;
}

/** Flows that are remembered before those that have had no more than others are forgotten. */
const FLOWS = 1024;

/**
 * Serves flows evenly by cost, each in its own order: self-clocked fair queueing (Golestani, INFOCOM 1994). A flow that was idle for a
 * while is served before flows that are always busy, but gets no more than its share.
 */
export class FairQueue<Item> {
  /** A binary heap, the lowest finish first. */
  readonly #heap: Array<Entry<Item>> = [];
  /** When the work of each flow ends, in virtual time: the cost that an always busy flow has been served so far. */
  readonly #finish = new Map<string, number>();
  #virtual = 0;
  #order = 0;
  #pruneAt = FLOWS;

  /** How many wait. */
  get size(): number {
    return this.#heap.length;
  }

  /** How many flows are remembered. */
  get flows(): number {
    return this.#finish.size;
  }

  /** Accounts for work that does not have to wait. @returns When it ends in virtual time. */
  charge(flow: string, cost: number): number {
    const finish = Math.max(this.#virtual, this.#finish.get(flow) ?? 0) + cost;
    this.#finish.set(flow, finish);
    if (this.#finish.size > this.#pruneAt) this.#prune();
    return finish;
  }

  /** Adds work that has to wait. */
  push(flow: string, cost: number, item: Item): void {
    const heap = this.#heap;
    const entry = { finish: this.charge(flow, cost), order: this.#order++, item };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  /** The next item, which stays in the queue. */
  peek(): Item | undefined {
    return this.#heap[0]?.item;
  }

  /** Removes the next item. */
  pop(): Item | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (!first) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let at = 0;
      for (let child = 1; child < heap.length; child = 2 * at + 1) {
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
        if (!isBefore(heap[child]!, last)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = last;
    }
    this.#virtual = Math.max(this.#virtual, first.finish);
    return first.item;
  }

  /** Forgets what each flow has been served, if nothing waits. */
  forget(): void {
    if (this.#heap.length > 0) return;
    this.#finish.clear();
    this.#virtual = 0;
    this.#pruneAt = FLOWS;
  }

  #prune(): void {
    for (const [flow, finish] of this.#finish) if (finish <= this.#virtual) this.#finish.delete(flow);
    this.#pruneAt = Math.max(FLOWS, 2 * this.#finish.size);
  }
}

function isBefore(one: Entry<unknown>, other: Entry<unknown>): boolean {
  return one.finish < other.finish || (one.finish === other.finish && one.order < other.order);
}
