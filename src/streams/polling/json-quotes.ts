import { invalidArgument } from '../../core/errors.js';
import { isTimeZone, readIsoTime } from '../../core/iso-time.js';
import { checkOptions, type OptionShapes } from '../../core/options.js';
import { parseExactJson } from '../../core/money/exact-json.js';
import type { PollResponse, PollingSource, PollSink } from './polling-source.js';

/** Options of {@link jsonQuotes}: those of a source, and where the quotes are in a response. */
export interface JsonQuotesOptions extends Omit<PollingSource, 'decode'> {
  /** Path of the quotes: names joined by dots, such as `data.quotes`. An object there counts as one quote, unless `keyed` is set. Default: the whole response. */
  readonly rows?: string;
  /** The quotes are an object with a name for each symbol: `{ "ACME": { "price": 101.5 } }`, or `{ "ACME": 101.5 }` with `price: ''`. Default `false`. */
  readonly keyed?: boolean;
  /** Paths of a quote's fields: names, joined by dots if they are nested. A name may have dots itself, such as `05. price`. */
  readonly fields: JsonQuoteFields;
  /** Unit of times: `s`, `ms`, `us` or `ns` since 1970, or `iso` for strings such as `2026-10-05T09:30:00Z`. Default `ms`. */
  readonly timeUnit?: 's' | 'ms' | 'us' | 'ns' | 'iso';
  /** Zone of `iso` times that name none, such as `America/New_York`. Default: these are rejected as `no-zone`. */
  readonly timeZone?: string;
  /** Currency of all prices, such as `USD`, where `fields.currency` gives none. Default: none. */
  readonly currency?: string;
  /**
   * Path of the error that a provider sends with status 200: a body that has something there has failed. `null`, `false`, 0, and texts, lists and objects that are empty,
   * which providers send with good answers, are nothing. Default: none.
   */
  readonly error?: string;
}

/** Paths of a quote's fields. */
export interface JsonQuoteFields {
  /** Required unless `keyed` is set. */
  readonly symbol?: string;
  /** An empty path is the quote itself. */
  readonly price: string;
  /** Default: none; prices then have the time of receipt. */
  readonly timestamp?: string;
  readonly bid?: string;
  readonly ask?: string;
  readonly previousClose?: string;
  /** Currency of the prices of this quote. */
  readonly currency?: string;
}

const OPTIONS: OptionShapes<JsonQuotesOptions> = {
  name: 'string',
  url: true,
  headers: true,
  intervalMs: true,
  timeoutMs: true,
  symbolsPerRequest: true,
  calendar: true,
  maxSymbols: true,
  recovers: 'boolean',
  symbolFault: 'function',
  explain: 'function',
  rows: 'string',
  keyed: 'boolean',
  fields: true,
  timeUnit: true,
  timeZone: true,
  currency: 'string',
  error: 'string',
};

/** Units of times in ms. */
const UNITS_MS = { s: 1000, ms: 1, us: 0.001, ns: 0.000_001 } as const;

const FIELDS: OptionShapes<JsonQuoteFields> = {
  symbol: 'string',
  price: 'string',
  timestamp: 'string',
  bid: 'string',
  ask: 'string',
  previousClose: 'string',
  currency: 'string',
};

/**
 * A source of JSON, described by the paths of its fields. Numbers keep all their digits: `0.10` stays `0.10`.
 *
 * A quote without symbol, price or (if `fields.timestamp` is given) time is counted as rejected: `no-symbol`, `no-price`, `no-time`, `no-zone`; the other
 * quotes are taken. `NaN` and `Infinity`, which are not JSON and which Python writes, count as missing. A body that is no JSON, or has no quotes at
 * `rows`, or none with a symbol, fails the request: `not-json`, `no-quotes`; so does one with something at `error`: `provider-error`.
 *
 * @throws TickmarkError `INVALID_ARGUMENT` without `fields.symbol` or `keyed`, and for an unknown time zone.
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
export function jsonQuotes(options: JsonQuotesOptions): PollingSource {
  checkOptions('jsonQuotes', options, OPTIONS);
  const {
    rows,
    keyed = false,
    fields,
    timeUnit = 'ms',
    timeZone,
    currency: ofAll,
    error,
    ...source
  } = options;
  checkOptions('jsonQuotes: fields', fields, FIELDS);
  if (!keyed && typeof fields?.symbol !== 'string')
    throw invalidArgument(
      'jsonQuotes: fields.symbol',
      fields?.symbol,
      'the path of the symbol, or keyed: true',
    );
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw invalidArgument('jsonQuotes: timeZone', timeZone, 'a time zone such as America/New_York');
  if (timeUnit !== 'iso' && !Object.hasOwn(UNITS_MS, timeUnit))
    throw invalidArgument('jsonQuotes: timeUnit', timeUnit, '"s", "ms", "us", "ns" or "iso"');
  const timeOf = (text: string): number | string => {
    if (timeUnit === 'iso') return readIsoTime(text, timeZone);
    return timeUnit === 'ms' ? Number(text) : Math.round(Number(text) * UNITS_MS[timeUnit]);
  };
  /** Returns whether it is a quote: it has a symbol. */
  const row = (key: string | null, quote: unknown, sink: PollSink, receivedAt: number): boolean => {
    const symbol = fields.symbol === undefined ? key : (stringAt(quote, fields.symbol) ?? key);
    if (symbol === null) {
      sink.rejected('no-symbol');
      return false;
    }
    const price = stringAt(quote, fields.price);
    const text = fields.timestamp === undefined ? undefined : stringAt(quote, fields.timestamp);
    const time = text === undefined ? undefined : timeOf(text);
    if (price === undefined) sink.rejected('no-price');
    else if (fields.timestamp !== undefined && time === undefined) sink.rejected('no-time');
    else if (typeof time === 'string') sink.rejected(time);
    else {
      const at = (path: string | undefined) => (path === undefined ? undefined : detailAt(quote, path));
      const [bid, ask, previousClose] = [at(fields.bid), at(fields.ask), at(fields.previousClose)];
      const currency = at(fields.currency) ?? ofAll;
      sink.update({
        symbol,
        price,
        receivedAt,
        ...(time === undefined
          ? { timestamp: receivedAt, timeSource: 'received' as const }
          : { timestamp: time }),
        ...(bid !== undefined && { bid }),
        ...(ask !== undefined && { ask }),
        ...(previousClose !== undefined && { previousClose }),
        ...(currency !== undefined && { currency }),
      });
    }
    return true;
  };
  return {
    ...source,
    decode(body: string, sink: PollSink, { receivedAt }: PollResponse) {
      const whole = parsed(body);
      if (whole === undefined) return sink.failed('not-json');
      if (error !== undefined && isError(valueAt(whole, error))) return sink.failed('provider-error');
      const found = rows === undefined ? whole : valueAt(whole, rows);
      if (typeof found !== 'object' || found === null) return sink.failed('no-quotes');
      const quotes = Array.isArray(found) ? (found as unknown[]) : keyed ? Object.values(found) : [found];
      const keys = keyed && !Array.isArray(found) ? Object.keys(found) : [];
      let known = 0;
      for (const [index, quote] of quotes.entries())
        if (row(keys[index] ?? null, quote, sink, receivedAt)) known++;
      if (quotes.length === 0) sink.control('empty');
      else if (known === 0) sink.failed('no-quotes');
    },
  };
}

// What Python writes for a number that is none, outside of strings.
const NOT_NUMBERS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g;

function parsed(body: string): unknown {
  for (const read of [asJson, (text: string) => asJson(withoutNaN(text)), asLines]) {
    const found = read(body);
    if (found !== undefined) return found;
  }
  return undefined;
}

function withoutNaN(body: string): string {
  return body.replace(NOT_NUMBERS, (found) => (found.startsWith('"') ? found : 'null'));
}

function asJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}

/** An object on each line, as `application/x-ndjson`; `undefined` for anything else. */
function asLines(body: string): unknown {
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  const isOfObjects = lines.length > 1 && lines.every((line) => /^\s*\{/.test(line));
  const values = isOfObjects ? lines.map((line) => asJson(line) ?? asJson(withoutNaN(line))) : [];
  return values.length > 0 && values.every((value) => value !== undefined) ? values : undefined;
}

/** Numbers have been read as their digits. */
function isError(found: unknown): boolean {
  if (found == null || found === false || found === '' || found === '0') return false;
  return typeof found !== 'object' || Object.keys(found).length > 0;
}

/** What is at a path. A name with dots counts before the names between them. */
function valueAt(value: unknown, path: string): unknown {
  if (path === '') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const name = path.slice(0, dot);
    if (!Object.hasOwn(value, name)) continue;
    const found = valueAt((value as Record<string, unknown>)[name], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A string, or the digits of a number; `undefined` for anything else. */
function stringAt(value: unknown, path: string): string | undefined {
  const found = valueAt(value, path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** A detail as it was sent: what is no price is dropped and counted where prices are taken in. `undefined` where there is nothing. */
function detailAt(value: unknown, path: string): string | undefined {
  const found = valueAt(value, path);
  return found === null || found === '' ? undefined : (found as string | undefined);
}
