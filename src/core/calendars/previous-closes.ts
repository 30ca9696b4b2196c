import { partShape } from '../options.js';

/** The close of the last session of a symbol. */
export interface PreviousClose {
  readonly symbol: string;
  /** As prices of the symbol are quoted. A string keeps its digits. */
  readonly price: number | string;
  /** When the session closed, ms since 1970. 00:00 UTC of a date means the session of that date, where the market is closed then. */
  readonly closedAt: number;
  /** Currency of the price. A close in another currency than the symbol's prices is not taken. Default: that of the prices. */
  readonly currency?: string | undefined;
}

/** What a call of {@link PreviousCloses} is for. */
export interface PreviousClosesRequest {
  /** The close of the session before the trading day of this time is asked for; ms since 1970. Now, or after the session the beginning of its day. */
  readonly at: number;
  /** Aborted when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/**
 * Port: where previous closes come from, if not with the prices.
 *
 * Known implementations: every stream with `previousCloses`; `csvPreviousCloses()`; `PostgresPreviousCloses` of `tickmark/postgres`; and a function of yours.
 *
 * An implementation must
 * - leave out a symbol whose true close it does not know: a price of 24 hours ago is none, and neither is the close of an older session that is
 *   dated as that of the last one;
 * - give the newest close that is not after the time of the request, and no symbol twice;
 * - date each close by its own session, so that an old close does not pass for a new one;
 * - end soon after the signal is aborted.
 *
 * Symbols that it leaves out are asked for again, with growing waits. It is called for at most 100 symbols at once, and not again before it has answered.
 * The kit `previousClosesConformance` of `tickmark/conformance` tests this.
 *
 * @example
 * ```ts
 * import type { PreviousCloses } from 'tickmark';
 *
 * const closes: PreviousCloses = {
 *   async load(symbols, { at, signal }) {
 *     const response = await fetch(`https://closes.example.com/?before=${at}&symbols=${symbols.join()}`, { signal });
 *     const rows = (await response.json()) as { symbol: string; close: string; closedAt: number }[];
 *     return rows.map(({ symbol, close, closedAt }) => ({ symbol, price: close, closedAt }));
 *   },
 * };
 * ```
 */
export interface PreviousCloses {
  /** The closes of the last session of these symbols, in any order. A rejection is reported, and the call repeated. */
  load(symbols: readonly string[], request: PreviousClosesRequest): Promise<readonly PreviousClose[]>;
}

/** A {@link PreviousCloses}, or its `load()` alone. */
export type PreviousClosesSource = PreviousCloses | PreviousCloses['load'];

/** Methods of the port. */
export const PREVIOUS_CLOSES = partShape<PreviousCloses>('a PreviousCloses', 'load');
