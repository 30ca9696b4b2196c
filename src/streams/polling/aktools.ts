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
import type { PollResponse, PollingSource, PollSink } from './polling-source.js';

/** Options of {@link aktools}. */
export interface AktoolsOptions extends AShareCalendarOptions {
  /** Where AKTools runs. Default `http://127.0.0.1:8080`, which is where `python -m aktools` puts it. */
  readonly origin?: string;
  /**
   * The function of AKShare to call. Any will do that gives rows with 代码, 最新价 and 昨收, such as `fund_etf_spot_em` and
   * `stock_bj_a_spot_em`. Default `stock_zh_a_spot_em`: all A-shares.
   */
  readonly endpoint?: string;
}

// A call pages through Eastmoney's list with pauses: 30 to 90 s for all A-shares.
const TIMEOUT_MS = 180_000;
const INTERVAL_MS = 60_000;

/**
 * A-shares by AKShare through AKTools, which runs as a small HTTP server of your own. Each answer lists the whole market. Symbols
 * are six digits, alone or with their exchange: `600519`, `000001.SZ`, `920002.BJ`.
 *
 * - The rows carry no time, so prices are as of their receipt (`timeSource: 'received'`): up to a minute and a half late.
 * - A suspended share has no price: its last close (昨收) is delivered, as `halted`. Others are `open` or `closed` by Shanghai's
 *   hours, lunch break and weekends included; give `holidays`.
 * - `previousClose` and the currency (CNY; B shares USD or HKD) come with each price.
 * - Volumes, which this does not read, are in lots of 100 shares there: `A_SHARE_LOT`.
 */
export function aktools(options: AktoolsOptions = {}): PollingSource {
  const { origin = 'http://127.0.0.1:8080', endpoint = 'stock_zh_a_spot_em' } = options;
  const calendar = new AShareCalendar(options);
  return {
    name: 'aktools',
    url: `${origin}/api/public/${encodeURIComponent(endpoint)}`,
    intervalMs: INTERVAL_MS,
    timeoutMs: TIMEOUT_MS,
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
  const [bid, ask] = [priceIn(row['买一']), priceIn(row['卖一'])];
  for (const symbol of symbols) {
    sink.update({
      symbol,
      price,
      timestamp: receivedAt,
      timeSource: 'received',
      receivedAt,
      ...(previousClose !== undefined && { previousClose }),
      ...(bid !== undefined && { bid }),
      ...(ask !== undefined && { ask }),
      currency: aShareCurrency(code),
      state: last === undefined ? 'halted' : calendar.stateAt(receivedAt),
    });
  }
}

/** Rows of Sina's functions name the exchange in front of the code: `sh600519`. */
function secidIn(row: Row): string | undefined {
  const [, prefix, code] = /^(sh|sz|bj)?(\d{6})$/.exec(String(row['代码'])) ?? [];
  if (code === undefined) return undefined;
  const exchange = (prefix?.toUpperCase() as AShareCode['exchange'] | undefined) ?? exchangeOf(code);
  return secidOf({ code, exchange });
}

/** A price that stands for one: `null` is a suspended share's, and 0 that of one that has not been traded today. */
function priceIn(value: unknown): string | undefined {
  return typeof value === 'string' && Number(value) !== 0 && !Number.isNaN(Number(value)) ? value : undefined;
}

/** AKTools answers with 404 for all that AKShare refuses, in Chinese, and with 500 when the source behind it fails. */
function explain(status: number, body: string): string | undefined {
  if (status === 500) return 'AKShare failed, as it does when Eastmoney drops its connection';
  if (status !== 404) return undefined;
  if (body.includes('未找到该接口')) return 'this version of AKShare has no such function';
  if (body.includes('返回数据为空')) return 'AKShare got no data';
  return body.includes('请输入正确的参数')
    ? 'AKShare could not read what it got, or lacks an argument'
    : undefined;
}
