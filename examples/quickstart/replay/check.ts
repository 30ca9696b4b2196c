import type { PortfolioValuation, ValuationRecord } from 'tickmark';
import { count, money } from '../figures.js';
import { fractionOf, isEqual } from '../recomputation/exact.js';
import type { WrittenPrice } from '../recomputation/last-prices.js';
import { recompute } from '../recomputation/recompute.js';

/** A portfolio at the end of a replay, compared with the rows that were used. */
export interface CheckedPortfolio {
  readonly id: string;
  readonly currency: string;
  readonly holdings: ReadonlyArray<{
    readonly symbol: string;
    readonly quantity: string;
    readonly price: string | null;
    readonly priceCurrency: string | null;
    /** Last price in the rows that were used. */
    readonly written: string | null;
    readonly value: string | null;
  }>;
  /** The priced and converted part: as computed, as stored, and as recomputed from the rows that were used. */
  readonly value: string;
  readonly stored: string | null;
  readonly recomputed: string;
  readonly complete: boolean;
  readonly equal: boolean;
}

export function checkPortfolio(
  { portfolioId: id, currency, complete, priced, positions }: PortfolioValuation,
  stored: ValuationRecord | undefined,
  written: ReadonlyMap<string, WrittenPrice>,
  pairs: readonly string[],
): CheckedPortfolio {
  const holdings = positions.map((position) => ({
    symbol: position.symbol,
    quantity: position.quantity.toString(),
    currency: position.price?.currency ?? position.local.currency,
    price: position.price?.price.toString() ?? null,
    priceCurrency: position.price?.currency ?? null,
    written: written.get(position.symbol)?.price ?? null,
    value: position.marketValue?.toString() ?? null,
  }));
  const value = priced.marketValue.toString();
  const recomputed = recompute({ currency, positions: holdings }, written, pairs, priced.marketValue.scale);
  const storedValue = stored?.priced.marketValue.toString() ?? null;
  const samePrices = holdings.every((holding) => isSame(holding.price, holding.written));
  const equal = samePrices && value === recomputed && storedValue === recomputed;
  return { id, currency, holdings, value, stored: storedValue, recomputed, complete, equal };
}

const MOST_ROWS = 12;

export function checkLines(portfolios: readonly CheckedPortfolio[]): string[] {
  return portfolios.flatMap(({ id, currency, holdings, value, stored, recomputed, complete, equal }) => {
    const wrong = holdings.filter(({ price, written }) => !isSame(price, written));
    const width = Math.max(...holdings.map(({ symbol }) => symbol.length));
    const rows = holdings.slice(0, MOST_ROWS).map((each) => {
      const worth = each.value === null ? 'unknown' : `${money(each.value)} ${currency}`;
      const price = each.price === null ? 'no price' : `${each.price} ${each.priceCurrency}`;
      return `  ${each.symbol.padEnd(width)}  ${each.quantity} × ${price} = ${worth}`;
    });
    const more = holdings.length - rows.length;
    return [
      `${id}${complete ? '' : ' (partial)'}`,
      ...rows,
      ...(more > 0 ? [`  and ${count(more)} more`] : []),
      `  value       ${money(value)} ${currency}`,
      `  recomputed  ${money(recomputed)} ${currency}  ${equal ? 'equal to the digit' : 'DIFFERS'}`,
      ...(stored === value
        ? []
        : [`  stored      ${stored === null ? 'nothing' : `${money(stored)} ${currency}`}`]),
      ...wrong.map(
        (each) => `  ${each.symbol} at ${each.price ?? 'no price'}, in the rows ${each.written ?? 'none'}`,
      ),
    ];
  });
}

function isSame(price: string | null, written: string | null): boolean {
  if (price === null || written === null) return price === written;
  return isEqual(fractionOf(price)!, fractionOf(written)!);
}
