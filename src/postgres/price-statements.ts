import { Decimal } from '../core/money/decimal.js';
import type { PriceRecord } from '../core/portfolio/portfolio-repository.js';
import { decimalArray, nameArray, numberArray, optionalNameArray } from './array-literal.js';
import type { RunStatement } from './postgres-client.js';
import { originalName } from './stored-name.js';
import type { TableNames } from './table-names.js';

/** Stores and loads last prices. */
export class PriceStatements {
  readonly #save: string;
  readonly #load: string;

  constructor({ prices }: TableNames) {
    // In the order of the symbols, so that sets that overlap never wait for each other in a circle.
    this.#save = `
INSERT INTO ${prices} AS stored (symbol, price, price_time, currency, previous_close)
SELECT symbol, price, price_time, currency, previous_close FROM (
  SELECT unnest($1::text[]) AS symbol, unnest($2::numeric[]) AS price, unnest($3::double precision[]) AS price_time,
    unnest($4::text[]) AS currency, unnest($5::numeric[]) AS previous_close
) AS given ORDER BY symbol COLLATE "C"
ON CONFLICT (symbol) DO UPDATE SET price = excluded.price, price_time = excluded.price_time,
  currency = excluded.currency, previous_close = excluded.previous_close
WHERE excluded.price_time >= stored.price_time`;
    this.#load = `
SELECT symbol, price::text, price_time::text, currency, previous_close::text FROM ${prices}`;
  }

  /** Stores prices of different symbols where nothing newer is stored. */
  async save(query: RunStatement, prices: readonly PriceRecord[]): Promise<void> {
    await query(this.#save, [
      nameArray(prices.map(({ symbol }) => symbol)),
      decimalArray(prices.map(({ price }) => price)),
      numberArray(
        prices.map(({ timestamp }) => timestamp),
        'savePrices: timestamp',
      ),
      optionalNameArray(prices.map(({ currency }) => currency)),
      decimalArray(prices.map(({ previousClose }) => previousClose)),
    ]);
  }

  /** All prices. */
  async load(query: RunStatement): Promise<PriceRecord[]> {
    return (await query(this.#load)).map(([symbol, price, time, currency, previousClose]) => ({
      symbol: originalName(symbol!),
      price: Decimal.fromTotal(price!, 'a stored price'),
      timestamp: Number(time),
      ...(currency != null && { currency: originalName(currency) }),
      ...(previousClose != null && {
        previousClose: Decimal.fromTotal(previousClose, 'a stored previous close'),
      }),
    }));
  }
}

/** The newest price of each symbol; of several at the same time, the last of the list. */
export function newestPrices(prices: readonly PriceRecord[]): PriceRecord[] {
  const newest = new Map<string, PriceRecord>();
  for (const price of prices) {
    const known = newest.get(price.symbol);
    if (!known || price.timestamp >= known.timestamp) newest.set(price.symbol, price);
  }
  return [...newest.values()];
}
