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
    if (!hasLasting && !isLasting(given)) return given;
    const known = this.#lasting[id];
    const currency = given.currency ?? known?.currency;
    const lasting = currency === known?.currency ? known : undefined;
    const hasClose = given.previousClose !== undefined;
    const previousClose = given.previousClose ?? lasting?.previousClose;
    // A close without a time is not the one whose time is known.
    const previousCloseAt = given.previousCloseAt ?? (hasClose ? undefined : lasting?.previousCloseAt);
    const accrued = given.accrued ?? lasting?.accrued;
    const previousAccrued = given.previousAccrued ?? (hasClose ? undefined : lasting?.previousAccrued);
    this.#keep(id, { previousClose, previousCloseAt, accrued, previousAccrued, currency });
    const { bid, ask, state } = given;
    return { bid, ask, previousClose, previousCloseAt, accrued, previousAccrued, currency, state };
  }

  /** Goes on from what an earlier process knew. */
  startFrom(id: number, details: PriceDetails): void {
    if (isLasting(details)) this.#keep(id, details);
  }

  #keep(id: number, lasting: PriceDetails): void {
    const { previousClose, previousCloseAt, accrued, previousAccrued, currency } = lasting;
    const known = this.#lasting[id];
    if (
      known &&
      known.currency === currency &&
      known.previousClose === previousClose &&
      known.previousCloseAt === previousCloseAt &&
      known.accrued === accrued &&
      known.previousAccrued === previousAccrued
    )
      return;
    while (this.#lasting.length <= id) this.#lasting.push(undefined);
    if (id >= this.#hasLasting.length) {
      const wider = new Uint8Array(Math.max(id + 1, 2 * this.#hasLasting.length));
      wider.set(this.#hasLasting);
      this.#hasLasting = wider;
    }
    const [bid, ask, state] = [undefined, undefined, undefined];
    this.#lasting[id] = {
      bid,
      ask,
      previousClose,
      previousCloseAt,
      accrued,
      previousAccrued,
      currency,
      state,
    };
    this.#hasLasting[id] = 1;
  }
}

function isLasting({
  currency,
  previousClose,
  previousCloseAt,
  accrued,
  previousAccrued,
}: PriceDetails): boolean {
  return (
    currency !== undefined ||
    previousClose !== undefined ||
    previousCloseAt !== undefined ||
    accrued !== undefined ||
    previousAccrued !== undefined
  );
}
