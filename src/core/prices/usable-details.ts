import { isPriceRounded } from '../money/scaled-number.js';
import {
  isBare,
  isMarketState,
  isTime,
  priceFault,
  unitFault,
  type PriceDetails,
  type PriceUpdate,
} from './price-update.js';

/** Names of the fields that a price can do without. */
export type PriceDetailName =
  | 'timeSource'
  | 'receivedAt'
  | 'bid'
  | 'ask'
  | 'previousClose'
  | 'previousCloseAt'
  | 'accrued'
  | 'previousAccrued'
  | 'currency'
  | 'sequence'
  | 'state';

/** Called for each detail that is dropped. */
export type DropDetail = (name: PriceDetailName, value: unknown, update: PriceUpdate) => void;

/** What each detail has to be. */
export const ACCEPTED_DETAILS: Readonly<Record<PriceDetailName, string>> = {
  timeSource: 'venue or received',
  receivedAt: 'ms since 1970',
  bid: 'a price, above zero unless allowNonPositive is set',
  ask: 'a price, above zero unless allowNonPositive is set',
  previousClose: 'a price, above zero unless allowNonPositive is set',
  previousCloseAt: 'ms since 1970',
  accrued: 'a number or a decimal string',
  previousAccrued: 'a number or a decimal string',
  currency: 'the code of a known currency',
  sequence: 'a finite number',
  state: 'open, closed, halted or delayed',
};

/**
 * The details of an update without those that cannot be used: a good price is not lost to a bid of zero. `undefined` if none is left, as for most
 * updates. Prices with too many digits are rounded, as the price itself is.
 * @param arrival Has the time at which the update is taken, `now`, ms since 1970. An object, because a number that is passed on would be allocated for each update.
 */
export function usableDetails(
  update: PriceUpdate,
  allowNonPositive: boolean,
  arrival: { readonly now: number },
  drop: DropDetail,
): PriceDetails | undefined {
  return isBare(update) ? undefined : pick(update, allowNonPositive, arrival, drop);
}

/** Whether the time of an update is that of receipt: 1, or 0 for the venue's. */
export function usableTimeSource(update: PriceUpdate, drop: DropDetail): 0 | 1 {
  const { timeSource } = update;
  if (timeSource === undefined || timeSource === 'venue') return 0;
  if (timeSource === 'received') return 1;
  drop('timeSource', timeSource, update);
  return 0;
}

/** The venue's sequence number, NaN if it has none that can be used. */
export function usableSequence(update: PriceUpdate, drop: DropDetail): number {
  const { sequence } = update;
  if (sequence === undefined) return NaN;
  if (Number.isFinite(sequence)) return sequence;
  drop('sequence', sequence, update);
  return NaN;
}

/** The time of receipt; `undefined` if it has none that can be used. */
export function usableReceipt(update: PriceUpdate, drop: DropDetail): number | undefined {
  const { receivedAt } = update;
  if (receivedAt === undefined || isTime(receivedAt)) return receivedAt;
  drop('receivedAt', receivedAt, update);
  return undefined;
}

/** Details that are prices. */
type PriceDetail = 'bid' | 'ask' | 'previousClose' | 'accrued' | 'previousAccrued';

function usablePrice(
  update: PriceUpdate,
  name: PriceDetail,
  mayBeNegative: boolean,
  drop: DropDetail,
): number | string | undefined {
  const value = update[name];
  if (value === undefined) return undefined;
  if (priceFault(value, mayBeNegative) === null) return isPriceRounded(value) ? Number(value) : value;
  drop(name, value, update);
  return undefined;
}

/** Whether this is the time of a close, in ms. A later time than now is accepted: the book lets that close wait for its day. A recording may be played with a clock that is behind it. */
function isOfClose(time: unknown, { timestamp }: PriceUpdate, now: number): boolean {
  return isTime(time) && unitFault(time, Math.max(now, timestamp)) === null;
}

function pick(
  update: PriceUpdate,
  allowNonPositive: boolean,
  { now }: { readonly now: number },
  drop: DropDetail,
): PriceDetails | undefined {
  const bid = usablePrice(update, 'bid', allowNonPositive, drop);
  const ask = usablePrice(update, 'ask', allowNonPositive, drop);
  const previousClose = usablePrice(update, 'previousClose', allowNonPositive, drop);
  // Accrued interest is below zero in the days before a coupon in which a bond is sold without it.
  const accrued = usablePrice(update, 'accrued', true, drop);
  const previousAccrued = usablePrice(update, 'previousAccrued', true, drop);
  let { previousCloseAt, currency, state } = update;
  if (previousCloseAt !== undefined && !isOfClose(previousCloseAt, update, now)) {
    drop('previousCloseAt', previousCloseAt, update);
    previousCloseAt = undefined;
  }
  // `null`: others were refused.
  if (currency === null) {
    drop('currency', currency, update);
    currency = undefined;
  }
  if (state !== undefined && !isMarketState(state)) {
    drop('state', state, update);
    state = undefined;
  }
  const details = { bid, ask, previousClose, previousCloseAt, accrued, previousAccrued, currency, state };
  return isBare(details) ? undefined : details;
}
