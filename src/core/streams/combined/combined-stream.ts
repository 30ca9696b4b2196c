import { invalidArgument } from '../../errors.js';
import type { PriceStreamAdapter } from '../price-stream-adapter.js';
import { checkNames } from '../../option-names.js';

/** One of the streams of {@link combineStreams}. */
export interface CombinedStream {
  /** Its name in `symbols`, errors and counters, such as `'binance'`. */
  readonly name: string;
  readonly stream: PriceStreamAdapter;
  /** Which symbols it is asked for: a list, a pattern, or a function. Default: all that no earlier stream of the list carries. */
  readonly carries?: readonly string[] | RegExp | ((symbol: string) => boolean);
}

/** The stream that is asked for a symbol: its name, its place in the list from 0, or itself; `undefined`: none. */
export type StreamRoute = (symbol: string) => string | number | PriceStreamAdapter | undefined;

const ENTRY = 'a price stream, or { name, stream, carries }';

/**
 * The streams of a list, each with a name.
 * @throws TickmarkError `INVALID_ARGUMENT` for an empty list, an entry of another kind, or a name or a stream that is there twice.
 */
export function namedStreams(
  where: string,
  list: readonly (PriceStreamAdapter | CombinedStream)[],
): readonly CombinedStream[] {
  if (!Array.isArray(list) || list.length === 0)
    throw invalidArgument(where, list, `a list of at least one of ${ENTRY}`);
  const named = list.map((entry: unknown, at) => namedStream(`${where}[${at}]`, entry, at));
  named.forEach(({ name, stream }, at) => {
    const first = named.findIndex((other) => other.name === name || other.stream === stream);
    if (first < at)
      throw invalidArgument(
        `${where}[${at}]`,
        name,
        `a name and a stream that ${where}[${first}] does not have`,
      );
  });
  return named;
}

/** Which stream of the list a symbol is asked of. */
export function routeBy(streams: readonly CombinedStream[]): StreamRoute {
  return (symbol) => {
    const at = streams.findIndex(({ carries }) => carries === undefined || doesCarry(carries, symbol));
    return at < 0 ? undefined : at;
  };
}

function namedStream(where: string, entry: unknown, at: number): CombinedStream {
  if (isStream(entry)) return { name: `stream${at + 1}`, stream: entry };
  const { name, stream, carries } = (entry ?? {}) as Partial<CombinedStream>;
  if (typeof entry === 'object' && entry !== null)
    checkNames(where, 'field', entry, { name, stream, carries });
  if (!isStream(stream)) throw invalidArgument(where, entry, ENTRY);
  if (typeof name !== 'string' || name === '') throw invalidArgument(`${where}.name`, name, 'a name');
  const isRoute =
    carries === undefined ||
    Array.isArray(carries) ||
    carries instanceof RegExp ||
    typeof carries === 'function';
  if (!isRoute)
    throw invalidArgument(`${where}.carries`, carries, 'a list of symbols, a RegExp or a function');
  return {
    name,
    stream,
    ...(carries === undefined ? {} : { carries: Array.isArray(carries) ? setOf(carries) : carries }),
  };
}

function setOf(symbols: readonly string[]): (symbol: string) => boolean {
  const set = new Set(symbols);
  return (symbol) => set.has(symbol);
}

function doesCarry(carries: NonNullable<CombinedStream['carries']>, symbol: string): boolean {
  if (typeof carries === 'function') {
    const isCarried: unknown = carries(symbol);
    // A promise would count as true for every symbol.
    if (typeof isCarried === 'boolean') return isCarried;
    throw invalidArgument('carries', isCarried, 'true or false, without a promise');
  }
  // search() ignores `lastIndex`, which test() of a global pattern moves.
  return carries instanceof RegExp ? symbol.search(carries) >= 0 : carries.includes(symbol);
}

function isStream(value: unknown): value is PriceStreamAdapter {
  if (typeof value !== 'object' || value === null) return false;
  const { subscribe, onMessage } = value as Partial<PriceStreamAdapter>;
  return typeof subscribe === 'function' && typeof onMessage === 'function';
}
