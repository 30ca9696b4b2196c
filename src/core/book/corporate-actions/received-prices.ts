import { Decimal } from '../../money/decimal.js';
import type { Fraction } from '../../money/fraction.js';
import type { PriceDetails } from '../../prices/price-update.js';
import { adjusted, type PriceAdjustment } from './price-adjustments.js';

/** A price as it came in, and what it is multiplied by. */
export interface ReceivedPrice {
  readonly price: Decimal;
  readonly details: PriceDetails | undefined;
  readonly adjustment: PriceAdjustment;
}

/** Prices from before a corporate action as they came in: the book shows them adjusted, stores keep them as they are. */
export class ReceivedPrices {
  readonly #prices = new Map<number, ReceivedPrice>();
  /** The last previous close of a symbol that was adjusted. */
  readonly #closes = new Map<number, { readonly received: string; readonly ratio: Fraction }>();

  /** The price of a symbol number as it came in; `undefined` where it is shown like that. */
  find(id: number): ReceivedPrice | undefined {
    return this.#prices.get(id);
  }

  /** A newer price has come. */
  forget(id: number): void {
    if (this.#prices.size > 0) this.#prices.delete(id);
  }

  /** Keeps a price that is to be adjusted, or what came in where it was adjusted before. */
  keep(
    id: number,
    price: Decimal,
    details: PriceDetails | undefined,
    adjustment: PriceAdjustment,
  ): ReceivedPrice {
    const known = this.#prices.get(id);
    const received = { price, details, ...known, adjustment };
    this.#prices.set(id, received);
    const close = received.details?.previousClose;
    if (close !== undefined) this.#closes.set(id, { received: String(close), ratio: adjustment.close });
    return received;
  }

  /** Details with their previous close adjusted, if it is the last one that was: ingest repeats it until the venue gives another. */
  withAdjustedClose(id: number, details: PriceDetails): PriceDetails {
    const known = this.#closes.get(id);
    if (!known || details.previousClose === undefined) return details;
    if (String(details.previousClose) === known.received)
      return {
        ...details,
        previousClose: adjusted(Decimal.from(details.previousClose), known.ratio).toString(),
      };
    this.#closes.delete(id);
    return details;
  }
}
