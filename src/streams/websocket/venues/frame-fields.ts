import { priceFault, type PriceUpdate } from '../../../core/prices/price-update.js';
import { readScaled } from '../../../core/money/scaled-number.js';
import { readRfc3339 } from './rfc3339.js';

/** An object in a frame. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an object that is no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value can name an instrument. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 256;
}

/** Whether a value is a whole number from 0, exactly. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * A price as the frame writes it. `undefined` where there is none: absent, empty or zero, as markets that nobody quotes are
 * written. `false` for what is no decimal text.
 */
export function readPrice(field: unknown): string | undefined | false {
  if (field === undefined || field === null || field === '') return undefined;
  if (typeof field !== 'string' || priceFault(field, true) !== null) return false;
  const scaled = readScaled(field);
  return typeof scaled === 'object' && scaled.units === 0 ? undefined : field;
}

/** When something happened. */
export type FrameTime = Pick<PriceUpdate, 'timestamp' | 'timeSource'>;

/**
 * The venue's time; that of receipt where the venue has none, which is written as absent, as the year 1 or as 1970.
 * `undefined` for what is no time.
 */
export function readTime(field: unknown, receivedAt: number): FrameTime | undefined {
  const isNone = field === undefined || (typeof field === 'string' && field.startsWith('0001-01-01T'));
  const timestamp = isNone ? 0 : readRfc3339(field)?.ms;
  if (timestamp === undefined) return undefined;
  return timestamp > 0 ? { timestamp } : { timestamp: receivedAt, timeSource: 'received' };
}
