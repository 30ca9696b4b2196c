import type {
  PreviousClose,
  PreviousClosesRequest,
  PreviousClosesSource,
} from '../../core/calendars/previous-closes.js';
import { Decimal } from '../../core/money/decimal.js';
import { assert, assertEqual, shown } from '../assertions.js';

/** When sessions of `usEquities` closed, the first of them first: Tuesday, Wednesday, Friday (a half day) and Monday. */
export const SESSIONS = [
  Date.parse('2026-11-24T21:00:00Z'),
  Date.parse('2026-11-25T21:00:00Z'),
  Date.parse('2026-11-27T18:00:00Z'),
  Date.parse('2026-11-30T21:00:00Z'),
] as const;
/** In the session of Monday, so that Friday's close is the previous one. */
export const NOW = Date.parse('2026-11-30T15:00:00Z');

/** Friday's close of a symbol, with the given fields. */
export function sampleClose(
  symbol: string,
  price: string,
  given: Partial<PreviousClose> = {},
): PreviousClose {
  return { symbol, price, closedAt: SESSIONS[2], ...given };
}

/** Calls a source, which may be a function. */
export function load(
  closes: PreviousClosesSource,
  symbols: readonly string[],
  { at = NOW, signal = new AbortController().signal }: Partial<PreviousClosesRequest> = {},
): Promise<readonly PreviousClose[]> {
  const request = { at, signal };
  return typeof closes === 'function' ? closes(symbols, request) : closes.load(symbols, request);
}

/** Fails unless these are the closes that were given, in any order. */
export function assertCloses(
  actual: readonly PreviousClose[],
  expected: readonly PreviousClose[],
  what = 'closes',
): void {
  assert(Array.isArray(actual), `${what}: expected a list, got ${shown(actual)}`);
  assertEqual(inOrder(actual), inOrder(expected), what);
}

/** Fails unless the source gives these closes, in any order. */
export async function assertLoaded(
  closes: PreviousClosesSource,
  symbols: readonly string[],
  expected: readonly PreviousClose[],
  at = NOW,
): Promise<void> {
  assertCloses(await load(closes, symbols, { at }), expected);
}

function inOrder(closes: readonly PreviousClose[]): unknown[] {
  return [...closes].map(contents).sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}

function contents(close: PreviousClose) {
  assert(typeof close === 'object' && close !== null, `expected a close, got ${shown(close)}`);
  const { symbol, price, closedAt, currency } = close;
  return {
    symbol,
    price: digits(price),
    closedAt,
    // A field may be left out or `undefined`.
    currency: currency === undefined ? 'none' : currency,
  };
}

function digits(price: number | string): string {
  assert(
    typeof price === 'string' || typeof price === 'number',
    `a price is a string or a number, got ${shown(price)}`,
  );
  try {
    return Decimal.from(price).trimmed().toString();
  } catch {
    return `no decimal: ${price}`;
  }
}
