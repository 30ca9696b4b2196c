import { mainlandChina } from '../../calendars/mainland-china.js';
import { parseExactJson } from '../../core/money/exact-json.js';
import {
  aShareCurrency,
  aShareSymbolFault,
  readAShareSymbol,
  secidOf,
  exchangeOf,
  type AShareCode,
} from '../a-shares/a-share-code.js';
import { AShareCalendar, type AShareCalendarOptions } from '../a-shares/a-share-calendar.js';
import { mayShowOlderClose } from '../a-shares/pre-open.js';
import type { PollResponse, PollingSource, PollSink } from './polling-source.js';
import { checkOptions, pickOptions } from '../../core/options.js';

/** Options of {@link aktools}. */
export interface AktoolsOptions extends AShareCalendarOptions {
  /** Origin of AKTools. Default `http://127.0.0.1:8080`, the one of `python -m aktools`. */
  readonly origin?: string;
  /**
   * The function of AKShare to call. It must return rows with the columns 代码, 最新价 and 昨收, as `fund_etf_spot_em` and
   * `stock_bj_a_spot_em` do. Default `stock_zh_a_spot_em`: all A-shares.
   */
  readonly endpoint?: string;
}

// A call reads Eastmoney's list page by page with pauses: 30 to 90 s for all A-shares.
const TIMEOUT_MS = 180_000;
const INTERVAL_MS = 60_000;

/**
 * A-shares of AKShare, through AKTools, a small HTTP server that you run. Each response lists the whole market. Symbols are six digits,
 * alone or with their exchange: `600519`, `000001.SZ`, `920002.BJ`.
 *
 * - Rows have no time, so prices have the time of receipt (`timeSource: 'received'`). They are up to 90 s old then.
 * - Requests start every 60 s and may take 180 s; both can be changed in the adapter's options.
 * - A suspended share has no price: its last close (昨收) is delivered, with state `halted`. Other shares are `open` or `closed` by
 *   Shanghai's hours, with lunch break and weekends; pass `holidays`.
 * - The currency (CNY; B shares USD or HKD) comes with each price, and so does `previousClose` (昨收), except on a trading day before 09:15 in Shanghai: until then it may be that
 *   of the session before the last one. The calendar is `mainlandChina`, which dates it.
 *
 * Source: https://github.com/akfamily/aktools, https://akshare.akfamily.xyz/data/stock/stock.html
 *
 * @example
 * ```ts
 * import { PollingPriceStreamAdapter, aktools } from 'tickmark/polling';
 *
 * const stream = new PollingPriceStreamAdapter({ source: aktools({ origin: 'http://10.0.0.5:8080' }) });
 * await stream.connect();
 * await stream.subscribe(['600519', '000001.SZ']);
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an invalid holiday.
 */
export function aktools(options: AktoolsOptions = {}): PollingSource {
  checkOptions('aktools', options, { origin: 'string', endpoint: 'string', holidays: 'list' });
  const { origin = 'http://127.0.0.1:8080', endpoint = 'stock_zh_a_spot_em' } = options;
  const calendar = new AShareCalendar(pickOptions(options, { holidays: true }));
  return {
    name: 'aktools',
    url: `${origin}/api/public/${encodeURIComponent(endpoint)}`,
    intervalMs: INTERVAL_MS,
    timeoutMs: TIMEOUT_MS,
    calendar: mainlandChina,
    symbolFault: aShareSymbolFault,
    decode: (body, sink, answer) => decode(body, sink, answer, calendar),
    explain,
  };
}

type Row = Readonly<Record<string, unknown>>;

function decode(
  body: string,
  sink: PollSink,
  { symbols, receivedAt }: PollResponse,
  calendar: AShareCalendar,
): void {
  let rows: unknown;
  try {
    rows = parseExactJson(body);
  } catch {
    return sink.failed('not-json');
  }
  if (!Array.isArray(rows)) return sink.failed('not-a-list-of-rows');
  const wanted = new Map<string, { code: AShareCode; symbols: string[] }>();
  for (const symbol of symbols) {
    const code = readAShareSymbol(symbol);
    if (!code) continue;
    const secid = secidOf(code);
    const entry = wanted.get(secid) ?? { code, symbols: [] };
    entry.symbols.push(symbol);
    wanted.set(secid, entry);
  }
  let others = 0;
  for (const row of rows as unknown[]) {
    const secid = typeof row === 'object' && row !== null ? secidIn(row as Row) : undefined;
    if (secid === undefined) {
      sink.rejected('no-code');
      continue;
    }
    const entry = wanted.get(secid);
    if (entry) deliver(row as Row, entry, sink, receivedAt, calendar);
    else others++;
  }
  if (others > 0 || rows.length === 0) sink.control(rows.length === 0 ? 'no-rows' : 'other-symbols');
}

function deliver(
  row: Row,
  { code, symbols }: { code: AShareCode; symbols: readonly string[] },
  sink: PollSink,
  receivedAt: number,
  calendar: AShareCalendar,
): void {
  const [last, previousClose] = [priceIn(row['最新价']), priceIn(row['昨收'])];
  const price = last ?? previousClose;
  if (price === undefined) return sink.rejected('no-price');
  const isClear = previousClose !== undefined && !mayShowOlderClose(receivedAt);
  const [bid, ask] = [priceIn(row['买一']), priceIn(row['卖一'])];
  for (const symbol of symbols) {
    sink.update({
      symbol,
      price,
      timestamp: receivedAt,
      timeSource: 'received',
      receivedAt,
      ...(isClear && { previousClose }),
      ...(bid !== undefined && { bid }),
      ...(ask !== undefined && { ask }),
      currency: aShareCurrency(code),
      state: last === undefined ? 'halted' : calendar.stateAt(receivedAt),
    });
  }
}

/** Rows of Sina's functions have the exchange before the code: `sh600519`. */
function secidIn(row: Row): string | undefined {
  const [, prefix, code] = /^(sh|sz|bj)?(\d{6})$/.exec(String(row['代码'])) ?? [];
  if (code === undefined) return undefined;
  const exchange = (prefix?.toUpperCase() as AShareCode['exchange'] | undefined) ?? exchangeOf(code);
  return secidOf({ code, exchange });
}

/** A price, or `undefined` for none: a suspended share has `null`, one without a trade today has 0. */
function priceIn(value: unknown): string | undefined {
  return typeof value === 'string' && Number(value) !== 0 && !Number.isNaN(Number(value)) ? value : undefined;
}

/** AKTools responds with status 404, in Chinese, if AKShare refuses the call, and with 500 if AKShare's own source fails. */
function explain(status: number, body: string): string | undefined {
  if (status === 500) return 'AKShare failed; it does so when Eastmoney drops its connection';
  if (status !== 404) return undefined;
  if (body.includes('未找到该接口')) return 'this version of AKShare has no such function';
  if (body.includes('返回数据为空')) return 'AKShare got no data';
  return body.includes('请输入正确的参数')
    ? 'AKShare could not read the data of its source, or lacks an argument'
    : undefined;
}
