/** Kinds of trades that do not set the last price by the tables of the consolidated tapes. */
export type SpecialTrade =
  /** Its price is agreed, derived, averaged or reported late: not that of the market at its time. */
  | 'off-market-trade'
  /** Of fewer shares than a round lot, at a price of the market. */
  | 'odd-lot-trade'
  /** Before the opening or after the close, at a price of the market then. */
  | 'extended-hours-trade';

const KINDS = new Map<unknown, SpecialTrade>([
  ['I', 'odd-lot-trade'],
  ['T', 'extended-hours-trade'],
]);
// Cash, price variation, official close and open, next day, prior reference price, seller, sold out of sequence (in the session
// and outside), contingent, derivatively priced, qualified contingent, corrected close; bunched sold.
for (const condition of 'CHMNPQRZUV479G') KINDS.set(condition, 'off-market-trade');
// One letter has two meanings: average price on tapes A and B, where tape C writes W, and bunched on tape C.
const AVERAGE_PRICE = new Map<unknown, string>([
  ['A', 'B'],
  ['B', 'B'],
  ['C', 'W'],
]);

/**
 * Which of the kinds that set no price a trade is of, by its sale conditions and its tape: A (NYSE), B (other exchanges) or C
 * (Nasdaq). `undefined`: it sets the price.
 *
 * Source: output specifications of the CTA plan's Consolidated Tape System and of the UTP plan's UTDF, sale conditions, column
 * "update last", as https://alpaca.markets/learn/stock-minute-bars sums them up.
 */
export function specialTrade(
  conditions: readonly unknown[],
  tape: unknown,
  without: ReadonlySet<SpecialTrade>,
): SpecialTrade | undefined {
  const average = AVERAGE_PRICE.get(tape);
  for (const condition of conditions) {
    const kind = condition === average ? 'off-market-trade' : KINDS.get(condition);
    if (kind && without.has(kind)) return kind;
  }
  return undefined;
}
