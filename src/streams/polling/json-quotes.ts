import { parseExactJson } from '../../core/money/exact-json.js';
import type { PollResponse, PollingSource, PollSink } from './polling-source.js';

/** Options of {@link jsonQuotes}: those of a source, and where in an answer things are. */
export interface JsonQuotesOptions extends Omit<PollingSource, 'decode'> {
  /** Where the list of quotes is: names joined by dots, such as `data.quotes`. An object there is a list of one. Default: the answer. */
  readonly rows?: string;
  /** Names of a quote's fields, each joined by dots where it is nested. */
  readonly fields: JsonQuoteFields;
  /** What times are in: `ms` or `s` since 1970, or `iso` for texts such as `2026-10-05T09:30:00Z`. Default `ms`. */
  readonly timeUnit?: 'ms' | 's' | 'iso';
  /** Currency of all prices. Default: none is told. */
  readonly currency?: string;
}

/** Names of a quote's fields. */
export interface JsonQuoteFields {
  readonly symbol: string;
  readonly price: string;
  /** Default: there is none, and prices are as of their receipt. */
  readonly timestamp?: string;
  readonly bid?: string;
  readonly ask?: string;
  readonly previousClose?: string;
}

/**
 * A source that answers with JSON, described by the names of its fields. Numbers keep the digits they are written with.
 *
 * ```ts
 * const source = jsonQuotes({
 *   name: 'my-source',
 *   url: 'https://prices.example.com/quotes',
 *   rows: 'data.quotes',
 *   fields: { symbol: 'ticker', price: 'last.price', timestamp: 'last.time' },
 * });
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

/** A text or a number's text; anything else counts as absent. */
function stringAt(value: unknown, path: string): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function timeIn(text: string, unit: 'ms' | 's' | 'iso'): number {
  if (unit === 'iso') return Date.parse(text);
  return unit === 's' ? Math.round(Number(text) * 1000) : Number(text);
}
