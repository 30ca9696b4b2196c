import { invalidArgument } from '../../core/errors.js';
import { parseExactJson } from '../../core/money/exact-json.js';
import {
  aShareCurrency,
  aShareSymbolFault,
  readAShareSymbol,
  secidOf,
  type AShareCode,
} from '../a-shares/a-share-code.js';
import { AShareCalendar, type AShareCalendarOptions } from '../a-shares/a-share-calendar.js';
import { EastmoneyRows, isRecord, type EastmoneyRow } from './eastmoney-rows.js';
import { eastmoneyQuote } from './eastmoney-quote.js';
import type { SseFeed, SseSink } from './sse-feed.js';

/** Options of {@link eastmoneyPush2}. */
export interface EastmoneyPush2Options extends AShareCalendarOptions {
  /** Where the service is. Default `https://push2.eastmoney.com`. */
  readonly origin?: string;
  /**
   * How prices are asked for and read: `2` as decimals, `1` as whole numbers with their count of decimals beside them. Default 2.
   */
  readonly fltt?: 1 | 2;
  /** Longest silence of a healthy stream, in ms; see `SseFeed.silenceMs`. Default 45,000. */
  readonly silenceMs?: number;
}

/** What is asked for: decimals, last, code, market, previous close, bid, ask, time of the price, decimals of percentages. */
const FIELDS = 'f1,f2,f12,f13,f18,f31,f32,f124,f152';
const MAX_SYMBOLS = 100;

/**
 * A-shares as Eastmoney's pages show them, free and without a key or a promise: full rows first, then what has changed. Symbols
 * are six digits, alone or with their exchange: `600519`, `000001.SZ`, `920002.BJ`; an index needs it (`000300.SH`).
 *
 * - Times are the exchange's, in whole seconds, where a row has one (`f124`, `f86`); otherwise the time of receipt.
 * - A suspended share has no price: its last close is delivered, as `halted`. Others are `open` or `closed` by Shanghai's hours;
 *   the turn from one to the other comes with the share's next price.
 * - `previousClose` and the currency (CNY; B shares USD or HKD) come with each price; bid and ask where the book has them.
 * - Up to 100 symbols. The service drops clients that ask too often; backoff sees to it.
 */
export function eastmoneyPush2(options: EastmoneyPush2Options = {}): SseFeed {
  const { origin = 'https://push2.eastmoney.com', fltt = 2, silenceMs } = options;
  if (fltt !== 1 && fltt !== 2) throw invalidArgument('eastmoneyPush2: fltt', fltt, '1 or 2');
  const calendar = new AShareCalendar(options);
  return {
    name: 'eastmoney',
    maxSymbols: MAX_SYMBOLS,
    recovers: true,
    ...(silenceMs !== undefined && { silenceMs }),
    symbolFault: aShareSymbolFault,
    url: ({ symbols }) => {
      const secids = [...new Set(symbols.map((symbol) => secidOf(readAShareSymbol(symbol)!)))];
      const query = `secids=${secids.join()}&fields=${FIELDS}&fltt=${fltt}&invt=2&pn=1&pz=${MAX_SYMBOLS}`;
      return `${origin}/api/qt/ulist/sse?${query}`;
    },
    open: (sink, { symbols }) => {
      const reader = new EastmoneyReader(sink, symbols, fltt, calendar);
      return (event, receivedAt) => reader.read(event.data, receivedAt);
    },
  };
}

class EastmoneyReader {
  readonly #sink: SseSink;
  readonly #fltt: 1 | 2;
  readonly #calendar: AShareCalendar;
  readonly #rows = new EastmoneyRows();
  /** The symbols of each instrument, which may have been asked for under several spellings. */
  readonly #symbols = new Map<string, string[]>();
  readonly #codes = new Map<string, AShareCode>();

  constructor(sink: SseSink, symbols: readonly string[], fltt: 1 | 2, calendar: AShareCalendar) {
    this.#sink = sink;
    this.#fltt = fltt;
    this.#calendar = calendar;
    for (const symbol of symbols) {
      const code = readAShareSymbol(symbol);
      if (!code) continue;
      const secid = secidOf(code);
      this.#codes.set(secid, code);
      this.#symbols.set(secid, [...(this.#symbols.get(secid) ?? []), symbol]);
    }
  }

  read(text: string, receivedAt: number): void {
    let message: unknown;
    try {
      message = parseExactJson(text);
    } catch {
      return this.#sink.rejected('not-json');
    }
    if (!isRecord(message)) return this.#sink.rejected('unknown-shape');
    const { rc, full, data } = message;
    if (rc !== undefined && rc !== '0') {
      this.#sink.rejected('error');
      return this.#sink.broken(
        `the service answered with ${/^-?\d{1,6}$/.test(String(rc)) ? `rc ${String(rc)}` : 'an error'}`,
      );
    }
    if (data === null) return this.#sink.control('keep-alive');
    if (!isRecord(data)) return this.#sink.rejected('unknown-shape');
    const [only] = this.#codes.keys();
    const changed = this.#rows.merge(data, full === '1', this.#codes.size === 1 ? only : undefined);
    if (!changed) return this.#sink.control('no-quotes');
    for (const row of changed) {
      if (typeof row === 'string') this.#sink.rejected(row);
      else this.#deliver(row, receivedAt);
    }
    if (changed.length === 0) this.#sink.control('nothing-new');
  }

  #deliver(row: EastmoneyRow, receivedAt: number): void {
    if (!row.hasPriceFields) return this.#sink.control('no-price-change');
    const code = this.#codes.get(row.secid);
    if (!code) return this.#sink.control('other-instrument');
    const quote = eastmoneyQuote(row.fields, this.#fltt);
    if (typeof quote === 'string') return this.#sink.rejected(quote);
    const { timestamp, isHalted, ...prices } = quote;
    for (const symbol of this.#symbols.get(row.secid)!) {
      this.#sink.update({
        symbol,
        ...prices,
        timestamp: timestamp ?? receivedAt,
        ...(timestamp === undefined && { timeSource: 'received' as const }),
        receivedAt,
        currency: aShareCurrency(code),
        state: isHalted ? 'halted' : this.#calendar.stateAt(receivedAt),
      });
    }
  }
}
