import { invalidArgument } from '../../core/errors.js';
import { mainlandChina } from '../../calendars/mainland-china.js';
import { parseExactJson } from '../../core/money/exact-json.js';
import {
  aShareCurrency,
  aShareSymbolFault,
  readAShareSymbol,
  secidOf,
  type AShareCode,
} from '../a-shares/a-share-code.js';
import { mayShowOlderClose } from '../a-shares/pre-open.js';
import { AShareCalendar, type AShareCalendarOptions } from '../a-shares/a-share-calendar.js';
import { EastmoneyRows, isRecord, type EastmoneyRow } from './eastmoney-rows.js';
import { eastmoneyQuote } from './eastmoney-quote.js';
import type { SseFeed, SseSink } from './sse-feed.js';
import { checkOptions, pickOptions } from '../../core/options.js';

/** Options of {@link eastmoneyPush2}. */
export interface EastmoneyPush2Options extends AShareCalendarOptions {
  /** Origin of the service. Default `https://push2.eastmoney.com`. */
  readonly origin?: string;
  /**
   * Format of prices in requests and responses. `2`: decimals. `1`: whole numbers, with the number of decimals in another field. Default 2.
   */
  readonly fltt?: 1 | 2;
  /** Longest time without data, in ms; see `SseFeed.silenceMs`. Default 45,000. */
  readonly silenceMs?: number;
}

/** Requested fields: decimals, last, code, market, previous close, bid, ask, time of the price, decimals of percentages. */
const FIELDS = 'f1,f2,f12,f13,f18,f31,f32,f124,f152';
const MAX_SYMBOLS = 100;

/**
 * A-shares from the event stream behind Eastmoney's web pages: free, without a key, and without any guarantee. Full rows come first, then
 * changed fields. Symbols are six digits, alone or with their exchange: `600519`, `000001.SZ`, `920002.BJ`. An index needs the exchange
 * (`000300.SH`).
 *
 * - The time is the exchange's, in whole seconds, if a row has one (`f124`, `f86`); otherwise the time of receipt.
 * - A suspended share has no price: its last close is delivered, with state `halted`. Other shares are `open` or `closed` by Shanghai's
 *   hours; a change of state comes with the share's next price.
 * - The currency (CNY; B shares USD or HKD) comes with each price, bid and ask if the order book has them, and `previousClose` (昨收). The calendar is `mainlandChina`: it dates the
 *   close by the time of the price. Rows without a time have none on a trading day before 09:15 in Shanghai: until then it may be that of the session before the last one.
 * - Up to 100 symbols. The service drops clients that connect too often; backoff prevents that.
 *
 * Source: https://quote.eastmoney.com, whose pages read `https://push2.eastmoney.com/api/qt/ulist/sse`; there is no public documentation.
 *
 * @example
 * ```ts
 * import { SsePriceStreamAdapter, eastmoneyPush2 } from 'tickmark/sse';
 *
 * const feed = eastmoneyPush2({ holidays: ['2026-10-01', '2026-10-02'] });
 * const stream = new SsePriceStreamAdapter({ feed });
 * await stream.connect();
 * await stream.subscribe(['600519', '000300.SH']);
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an unknown `fltt` or an invalid holiday.
 */
export function eastmoneyPush2(options: EastmoneyPush2Options = {}): SseFeed {
  checkOptions('eastmoneyPush2', options, {
    origin: 'string',
    fltt: true,
    silenceMs: 'number',
    holidays: 'list',
  });
  const { origin = 'https://push2.eastmoney.com', fltt = 2, silenceMs } = options;
  if (fltt !== 1 && fltt !== 2) throw invalidArgument('eastmoneyPush2: fltt', fltt, '1 or 2');
  const calendar = new AShareCalendar(pickOptions(options, { holidays: true }));
  return {
    name: 'eastmoney',
    maxSymbols: MAX_SYMBOLS,
    recovers: true,
    calendar: mainlandChina,
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
  /** The symbols of each instrument: it may be subscribed under several spellings. */
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
    const { timestamp, isHalted, previousClose, ...prices } = quote;
    const isClear =
      previousClose !== undefined && (timestamp !== undefined || !mayShowOlderClose(receivedAt));
    for (const symbol of this.#symbols.get(row.secid)!) {
      this.#sink.update({
        symbol,
        ...prices,
        ...(isClear && { previousClose }),
        timestamp: timestamp ?? receivedAt,
        ...(timestamp === undefined && { timeSource: 'received' as const }),
        receivedAt,
        currency: aShareCurrency(code),
        state: isHalted ? 'halted' : this.#calendar.stateAt(receivedAt),
      });
    }
  }
}
