import type { PriceDetails } from '../prices/price-update.js';

/**
 * What is known of a symbol beside its price, after each update. Bid, ask and state are those of the newest update. A
 * currency holds until another is given, and a previous close, which venues send once a session, until another is given or
 * the currency changes.
 *
 * Updates go through here once, as they arrive; whoever takes a price later takes its details whole.
 */
export class LatestDetails {
  readonly #lasting: Array<PriceDetails | undefined> = [];
  // Most symbols have none; a byte each tells, without a look into the list.
  #hasLasting = new Uint8Array(0);

  /** The details of a symbol after an update that brought `given`. */
  merge(id: number, given: PriceDetails | undefined): PriceDetails | undefined {
    // Never beyond its end, which costs a hundred times a look within.
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

  /** Goes on from what an earlier process knew. */
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
