/** Kinds of trades that do not set the last price, by the rules of the consolidated tapes. */
export type SpecialTrade =
  /** The price is agreed, derived, averaged or reported late: it is not the market's price at that time. */
  | 'off-market-trade'
  /** Fewer shares than a round lot, at a market price. */
  | 'odd-lot-trade'
  /** Before the opening or after the close, at a market price. */
  | 'extended-hours-trade';

const KINDS = new Map<unknown, SpecialTrade>([
  ['I', 'odd-lot-trade'],
  ['T', 'extended-hours-trade'],
]);
// Cash, price variation, official close and open, next day, prior reference price, seller, sold out of sequence (in the session
// and outside), contingent, derivatively priced, qualified contingent, corrected close; bunched sold.
for (const condition of 'CHMNPQRZUV479G') KINDS.set(condition, 'off-market-trade');
// B means average price on tapes A and B, and bunched trade on tape C, where W means average price.
const AVERAGE_PRICE = new Map<unknown, string>([
  ['A', 'B'],
  ['B', 'B'],
  ['C', 'W'],
]);

/**
 * The kind of a trade that does not set the price, by its sale conditions and its tape: A (NYSE), B (other exchanges) or C (Nasdaq).
 * `undefined` if the trade sets the price.
 *
 * Source: sale conditions, column "update last", in the output specifications of the Consolidated Tape System and of UTDF, as summarized
 * at https://alpaca.markets/learn/stock-minute-bars.
 */
export function specialTrade(
  conditions: readonly unknown[],
  tape: unknown,
  ignored: ReadonlySet<SpecialTrade>,
): SpecialTrade | undefined {
  const average = AVERAGE_PRICE.get(tape);
  for (const condition of conditions) {
    const kind = condition === average ? 'off-market-trade' : KINDS.get(condition);
    if (kind && ignored.has(kind)) return kind;
  }
  return undefined;
}
