import { Decimal } from '../core/money/decimal.js';
import type { AlpacaActivity } from './alpaca-activity.js';
import type { UpdatedOrder } from './alpaca-updates.js';

/** Fills that were announced and are not among the activities yet: how far each order is filled. */
export class AnnouncedFills {
  readonly #filled = new Map<string, Decimal>();

  /** Orders with fills that have not come. */
  get size(): number {
    return this.#filled.size;
  }

  /** An order was filled. Fills of an order for several symbols are those of its legs. */
  add({ id, filled_qty: filled, legs }: UpdatedOrder): void {
    if (legs && legs.length > 0) return legs.forEach((leg) => this.add(leg));
    const quantity = decimalOf(filled);
    if (typeof id === 'string' && quantity && quantity.sign > 0) this.#filled.set(id, quantity);
  }

  /** A fill has come. */
  came({ order_id: id, cum_qty: total }: AlpacaActivity): void {
    const [announced, filled] = [this.#filled.get(id ?? ''), decimalOf(total)];
    if (announced && (!filled || filled.compare(announced) >= 0)) this.#filled.delete(id!);
  }

  /** Gives up waiting. */
  clear(): void {
    this.#filled.clear();
  }
}

function decimalOf(value: unknown): Decimal | null {
  try {
    return Decimal.from(value as string);
  } catch {
    return null;
  }
}
