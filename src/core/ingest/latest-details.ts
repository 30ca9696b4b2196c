import type { PriceDetails } from '../prices/price-update.js';

/**
 * The details of each symbol after its last update. Bid, ask and state are those of that update. A currency applies until an update has
 * another one. A previous close, which venues send once per session, applies until an update has another one or the currency changes.
 *
 * Each update passes through here once, when it arrives. From then on it has all its details.
 */
export class LatestDetails {
  readonly #lasting: Array<PriceDetails | undefined> = [];
  // 1 for a symbol with lasting details. Most have none, and this array is faster to read than the list.
  #hasLasting = new Uint8Array(0);

  /** The details of a symbol after an update with the details `given`. */
  merge(id: number, given: PriceDetails | undefined): PriceDetails | undefined {
    // Reading beyond the end of a typed array takes a hundred times as long.
    const hasLasting = id < this.#hasLasting.length && this.#hasLasting[id] === 1;
    if (given === undefined) return hasLasting ? this.#lasting[id] : undefined;
    if (!hasLasting && given.currency === undefined && given.previousClose === undefined) return given;
    const known = this.#lasting[id];
    const currency = given.currency ?? known?.currency;
    const isSameCurrency = currency === known?.currency;
    const previousClose = given.previousClose ?? (isSameCurrency ? known?.previousClose : undefined);
    this.#keep(id, currency, previousClose);
    const { bid, ask, state } = given;
    return { bid, ask, previousClose, currency, state };
  }

  /** Continues from the details that an earlier process stored. */
  startFrom(id: number, { currency, previousClose }: PriceDetails): void {
    if (currency !== undefined || previousClose !== undefined) this.#keep(id, currency, previousClose);
  }

  #keep(id: number, currency: string | undefined, previousClose: number | string | undefined): void {
    const known = this.#lasting[id];
    if (known && known.currency === currency && known.previousClose === previousClose) return;
    while (this.#lasting.length <= id) this.#lasting.push(undefined);
    if (id >= this.#hasLasting.length) {
      const wider = new Uint8Array(Math.max(id + 1, 2 * this.#hasLasting.length));
      wider.set(this.#hasLasting);
      this.#hasLasting = wider;
    }
    this.#lasting[id] = { bid: undefined, ask: undefined, previousClose, currency, state: undefined };
    this.#hasLasting[id] = 1;
  }
}
