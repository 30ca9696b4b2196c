import type { DecimalInput } from '../money/decimal.js';
import type { LedgerEntryInput } from '../portfolio/ledger/ledger-entry.js';

/** A fill, or another change of an account at a broker: an entry for the ledger of a portfolio. */
export interface Fill {
  readonly type: 'fill';
  /** Name of the account at the broker. */
  readonly account: string;
  /** Its id is the broker's id of the fill: a fill that comes twice has the same one. */
  readonly entry: LedgerEntryInput;
}

/** What a broker says that an account holds. Fills that came before it are included. */
export interface AccountSnapshot {
  readonly type: 'snapshot';
  readonly account: string;
  /** When the broker made it, ms since 1970. */
  readonly at: number;
  /** All open positions: units by symbol, below 0 when short. A symbol that is missing is not held. */
  readonly positions: Readonly<Record<string, DecimalInput>>;
  /** Cash by currency. Without it, cash is not compared; a currency that is missing is not compared either. */
  readonly cash?: Readonly<Record<string, DecimalInput>>;
}

/** Fills may be missing: the stream was interrupted, and could not fetch what it missed. */
export interface FillGap {
  readonly type: 'gap';
  /** The account; `null`: all accounts of the stream. */
  readonly account: string | null;
  /** Fills from then on may be missing, ms since 1970. */
  readonly from: number;
  /** Fills until then may be missing, ms since 1970. */
  readonly to: number;
  /** Why, such as `'disconnect'`. */
  readonly reason: string;
}

/** What a fill stream delivers. */
export type FillMessage = Fill | AccountSnapshot | FillGap;

/**
 * Port: the fills of one or more accounts at a broker, as they happen.
 *
 * Known implementations, all in `tickmark/fills`: `MockFillStream`, `CsvFillStream`, `KafkaFillStream`, `AlpacaFillStream`,
 * `CcxtFillStream`. {@link FillBooker} books them.
 *
 * An implementation must
 * - deliver each fill at least once, with the same id and content each time; fills may come late and in any order;
 * - deliver in lists, and treat a list as processed when the next one is asked for: what was not processed comes again after a restart or a
 *   new call of `read()`, as far as the broker allows;
 * - reconnect by itself, and fetch what it missed; deliver a {@link FillGap} before the next fill if it may have missed some for good;
 * - end soon after the signal has fired, and leave no timer, socket or listener.
 *
 * A snapshot of each account at the start, after each gap and from time to time shows whether anything is missing. The kit
 * `fillStreamConformance` of `tickmark/conformance` tests this.
 *
 * @example
 * ```ts
 * import type { FillStream } from 'tickmark/fills';
 *
 * const stream: FillStream = {
 *   async *read() {
 *     const at = Date.now();
 *     yield [{ type: 'fill', account: 'U1', entry: { id: 'f1', at, type: 'buy', symbol: 'IBM', quantity: 10, price: '100.25' } }];
 *     yield [{ type: 'snapshot', account: 'U1', at, positions: { IBM: 10 } }];
 *   },
 * };
 * for await (const messages of stream.read()) console.log(messages.map(({ type }) => type)); // ['fill'], then ['snapshot']
 * ```
 */
export interface FillStream {
  /**
   * Lists of messages from now on, none empty, until the signal fires or there are no more.
   * @throws TickmarkError `STREAM_FAILED`, `UNAUTHORIZED` if the stream cannot continue; after one that is `retryable`, another call may succeed.
   */
  read(options?: { readonly signal?: AbortSignal }): AsyncIterable<readonly FillMessage[]>;
}
