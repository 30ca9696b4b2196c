import { priceFault, type PriceUpdate } from '../../../core/prices/price-update.js';
import { readScaled } from '../../../core/money/scaled-number.js';
import { readRfc3339 } from './rfc3339.js';

/** An object in a frame. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object and no array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value can be a symbol. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 256;
}

/** Whether a value is a safe integer from 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * A price with the digits of the frame. `undefined` if it is absent, empty or zero, as in a market without quotes. `false` if it is no
 * decimal string.
 */
export function readPrice(field: unknown): string | undefined | false {
  if (field === undefined || field === null || field === '') return undefined;
  if (typeof field !== 'string' || priceFault(field, true) !== null) return false;
  const scaled = readScaled(field);
  return typeof scaled === 'object' && scaled.units === 0 ? undefined : field;
}

/** Time of a price, and its source. */
export type FrameTime = Pick<PriceUpdate, 'timestamp' | 'timeSource'>;

/**
 * Time of the venue; the time of receipt if the venue has none, which it shows by no field, the year 1 or the year 1970. `undefined` for
 * an invalid time.
 */
export function readTime(field: unknown, receivedAt: number): FrameTime | undefined {
  const isNone = field === undefined || (typeof field === 'string' && field.startsWith('0001-01-01T'));
  const timestamp = isNone ? 0 : readRfc3339(field)?.ms;
  if (timestamp === undefined) return undefined;
  return timestamp > 0 ? { timestamp } : { timestamp: receivedAt, timeSource: 'received' };
}
