import type { PriceDetails } from '../prices/price-update.js';

/** A previous close that came by itself, not with a price. */
interface LoneClose {
  readonly price: number | string;
  /** ms since 1970. */
  readonly at: number;
  readonly currency: string | undefined;
}

/**
 * The details of each symbol after its last update. Bid, ask and state are those of that update. A currency applies until an update has
 * another one. A previous close, which venues send once per session, applies until an update has another one or the currency changes. One that comes without
 * a date gets that of the session before its price, so that it can be told from the close of a later day.
 *
 * Each update passes through here once, when it arrives. From then on it has all its details.
 */
export class LatestDetails {
  readonly #dateOfClose: (id: number, at: number) => number;
  readonly #lasting: Array<PriceDetails | undefined> = [];
  // 1 for a symbol with lasting details. Most have none, and this array is faster to read than the list.
  #hasLasting = new Uint8Array(0);
  /** Closes that came before the currency of the prices was known, by symbol number. */
  readonly #lone = new Map<number, LoneClose>();

  /** @param dateOfClose When the session before a time closed, by symbol number; ms since 1970. */
  constructor(dateOfClose: (id: number, at: number) => number) {
    this.#dateOfClose = dateOfClose;
  }

  /**
   * The details of a symbol after an update with the details `given`.
   * @param update Has its time, ms since 1970. An object, because a number that is passed on would be allocated for each update.
   */
  merge(
    id: number,
    given: PriceDetails | undefined,
    update: { readonly timestamp: number },
  ): PriceDetails | undefined {
    // Reading beyond the end of a typed array takes a hundred times as long.
    const hasLasting = id < this.#hasLasting.length && this.#hasLasting[id] === 1;
    if (given === undefined) return hasLasting ? this.#lasting[id] : undefined;
    if (!hasLasting && !isLasting(given)) return given;
    const known = this.#lasting[id];
    const currency = given.currency ?? known?.currency;
    const lasting = currency === known?.currency ? known : this.#withCurrency(id, known, currency);
    const hasClose = given.previousClose !== undefined;
    const previousClose = given.previousClose ?? lasting?.previousClose;
    // A close without a time is not the one whose time is known.
    const previousCloseAt =
      given.previousCloseAt ??
      (hasClose ? this.#dateOfClose(id, update.timestamp) : lasting?.previousCloseAt);
    const accrued = given.accrued ?? lasting?.accrued;
    const previousAccrued = given.previousAccrued ?? (hasClose ? undefined : lasting?.previousAccrued);
    this.#keep(id, { previousClose, previousCloseAt, accrued, previousAccrued, currency });
    const { bid, ask, state } = given;
    return { bid, ask, previousClose, previousCloseAt, accrued, previousAccrued, currency, state };
  }

  /**
   * Takes a close that came by itself.
   * @returns whether it is news: not older than the known one, nor the same, nor in another currency than the prices.
   */
  setClose(id: number, close: LoneClose): boolean {
    const { price, at, currency } = close;
    const known = this.#lasting[id];
    if (known?.previousClose !== undefined && known.previousCloseAt !== undefined) {
      if (at < known.previousCloseAt) return false;
      if (at === known.previousCloseAt && String(price) === String(known.previousClose)) return false;
    }
    if (known?.currency === undefined) this.#lone.set(id, close);
    else if (currency !== undefined && currency !== known.currency) return false;
    this.#keep(id, { ...known, ...closeFields(price, at) });
    return true;
  }

  /** The details of an update that was accepted already, with the close that is known now. */
  withClose(id: number, details: PriceDetails | undefined): PriceDetails {
    const { previousClose, previousCloseAt, previousAccrued } = this.#lasting[id] ?? {};
    return { ...details, previousClose, previousCloseAt, previousAccrued };
  }

  /** Continues from the details that an earlier process stored. */
  startFrom(id: number, details: PriceDetails): void {
    if (isLasting(details)) this.#keep(id, details);
  }

  /** What stays when the currency of the prices changes: a close that came by itself before any was known. */
  #withCurrency(
    id: number,
    known: PriceDetails | undefined,
    currency: string | undefined,
  ): PriceDetails | undefined {
    const close = this.#lone.get(id);
    if (!close || known?.currency !== undefined) return undefined;
    this.#lone.delete(id);
    const isSame = known?.previousClose === close.price && known.previousCloseAt === close.at;
    return isSame && (close.currency ?? currency) === currency
      ? closeFields(close.price, close.at)
      : undefined;
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

function closeFields(price: number | string, at: number): PriceDetails {
  return { previousClose: price, previousCloseAt: at, previousAccrued: undefined };
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
