import type { PreviousClose } from '../../../core/calendars/previous-closes.js';
import { startOfUtcDay } from '../../../core/calendars/close-dates.js';

const DAY_MS = 86_400_000;

/** The last UTC day that was over at a time: its start and its end, ms since 1970. */
export function lastUtcDay(at: number): { readonly start: number; readonly end: number } {
  const end = startOfUtcDay(at);
  return { start: end - DAY_MS, end };
}

/** The close of a daily candle, if it has one: a price above zero. */
export function closesOf(symbol: string, price: unknown, closedAt: number): PreviousClose[] {
  return typeof price === 'string' && Number(price) > 0 ? [{ symbol, price, closedAt }] : [];
}

/** Checks that an answer is a list. @throws TypeError, which says what came. */
export function listIn(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`expected a list, got ${typeof value}`);
  return value as readonly unknown[];
}

/** Checks that an answer is an object. @throws TypeError, which says what came. */
export function recordIn(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`expected an object, got ${typeof value}`);
  return value as Readonly<Record<string, unknown>>;
}
