import { parseExactJson } from '../../core/money/exact-json.js';
import type { PollResponse, PollingSource, PollSink } from './polling-source.js';

/** Options of {@link jsonQuotes}: those of a source, and where the quotes are in a response. */
export interface JsonQuotesOptions extends Omit<PollingSource, 'decode'> {
  /** Path of the array of quotes: names joined by dots, such as `data.quotes`. An object there counts as one quote. Default: the whole response. */
  readonly rows?: string;
  /** Paths of a quote's fields: names, joined by dots if they are nested. */
  readonly fields: JsonQuoteFields;
  /** Unit of times: `ms` or `s` since 1970, or `iso` for strings such as `2026-10-05T09:30:00Z`. Default `ms`. */
  readonly timeUnit?: 'ms' | 's' | 'iso';
  /** Currency of all prices, such as `USD`. Default: none. */
  readonly currency?: string;
}

/** Paths of a quote's fields. */
export interface JsonQuoteFields {
  readonly symbol: string;
  readonly price: string;
  /** Default: none; prices then have the time of receipt. */
  readonly timestamp?: string;
  readonly bid?: string;
  readonly ask?: string;
  readonly previousClose?: string;
}

/**
 * A source of JSON, described by the paths of its fields. Numbers keep all their digits: `0.10` stays `0.10`.
 *
 * A quote without symbol, price or (if `fields.timestamp` is given) time is counted as rejected: `no-symbol`, `no-price`, `no-time`. A
 * body that is no JSON, or has no quotes at `rows`, fails the request: `not-json`, `no-quotes`.
 *
 * @example
 * ```ts
 * import { PollingPriceStreamAdapter, jsonQuotes } from 'tickmark/polling';
 *
 * const source = jsonQuotes({
 *   name: 'my-source',
 *   url: 'https://prices.example.com/quotes',
 *   rows: 'data.quotes',
 *   fields: { symbol: 'ticker', price: 'last.price', timestamp: 'last.time' },
 * });
 * const stream = new PollingPriceStreamAdapter({ source });
 * ```
 */
export function jsonQuotes({
  rows,
  fields,
  timeUnit = 'ms',
  currency,
  ...source
}: JsonQuotesOptions): PollingSource {
  const row = (quote: unknown, sink: PollSink, receivedAt: number): void => {
    const [symbol, price] = [stringAt(quote, fields.symbol), stringAt(quote, fields.price)];
    if (symbol === undefined) return sink.rejected('no-symbol');
    if (price === undefined) return sink.rejected('no-price');
    const time = fields.timestamp === undefined ? undefined : stringAt(quote, fields.timestamp);
    if (fields.timestamp !== undefined && time === undefined) return sink.rejected('no-time');
    const [bid, ask, previousClose] = [fields.bid, fields.ask, fields.previousClose].map((field) =>
      field === undefined ? undefined : stringAt(quote, field),
    );
    sink.update({
      symbol,
      price,
      receivedAt,
      ...(time === undefined
        ? { timestamp: receivedAt, timeSource: 'received' as const }
        : { timestamp: timeIn(time, timeUnit) }),
      ...(bid !== undefined && { bid }),
      ...(ask !== undefined && { ask }),
      ...(previousClose !== undefined && { previousClose }),
      ...(currency !== undefined && { currency }),
    });
  };
  return {
    ...source,
    decode(body: string, sink: PollSink, { receivedAt }: PollResponse) {
      let found: unknown;
      try {
        found = parseExactJson(body);
      } catch {
        return sink.failed('not-json');
      }
      if (rows !== undefined) found = valueAt(found, rows);
      if (typeof found !== 'object' || found === null) return sink.failed('no-quotes');
      const quotes = Array.isArray(found) ? (found as unknown[]) : [found];
      for (const quote of quotes) row(quote, sink, receivedAt);
      if (quotes.length === 0) sink.control('empty');
    },
  };
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, name) => {
    const isThere = typeof at === 'object' && at !== null && Object.hasOwn(at, name);
    return isThere ? (at as Record<string, unknown>)[name] : undefined;
  }, value);
}

/** A string, or the digits of a number; `undefined` for anything else. */
function stringAt(value: unknown, path: string): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function timeIn(text: string, unit: 'ms' | 's' | 'iso'): number {
  if (unit === 'iso') return Date.parse(text);
  return unit === 's' ? Math.round(Number(text) * 1000) : Number(text);
}
