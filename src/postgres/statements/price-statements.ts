import { newerPrice } from '../../core/portfolio/newer-price.js';
import { Decimal } from '../../core/money/decimal.js';
import type { PriceRecord } from '../../core/portfolio/portfolio-repository.js';
import {
  decimalArray,
  nameArray,
  numberArray,
  optionalNumberArray,
  sparseNameArray,
  sparseDecimalArray,
} from '../array-literal.js';
import type { Row, RunStatement } from '../drivers/postgres-client.js';
import { originalName } from '../../core/portfolio/stored-name.js';
import type { TableNames } from '../table-names.js';

/** The columns beside `symbol`, `gap` and `live_until`. */
const COLUMNS = [
  ['price', 'numeric'],
  ['price_time', 'double precision'],
  ['received_at', 'double precision'],
  ['venue_time', 'double precision'],
  ['arrival', 'double precision'],
  ['bid', 'numeric'],
  ['ask', 'numeric'],
  ['previous_close', 'numeric'],
  ['previous_close_at', 'double precision'],
  ['accrued', 'numeric'],
  ['previous_accrued', 'numeric'],
  ['currency', 'text'],
  ['state', 'text'],
  ['adjustment', 'numeric'],
] as const;
const NAMES = COLUMNS.map(([name]) => name);
const GAP_PARAMETER = COLUMNS.length + 2;

/** Stores and loads last prices. */
export class PriceStatements {
  readonly #save: string;
  readonly #load: string;

  constructor({ prices }: TableNames) {
    const isNewer = '(excluded.venue_time, excluded.arrival) >= (stored.venue_time, stored.arrival)';
    const newer = (name: string): string =>
      `CASE WHEN ${isNewer} THEN excluded.${name} ELSE stored.${name} END`;
    // The rule of `newerPrice`. Rows are locked in the order of their symbols, so that overlapping sets do not deadlock.
    this.#save = `
INSERT INTO ${prices} AS stored (symbol, ${NAMES.join(', ')}, gap, live_until)
SELECT symbol, ${NAMES.join(', ')}, coalesce(gap, 0), live_until FROM (
  SELECT unnest($1::text[]) AS symbol, ${COLUMNS.map(([name, type], n) => `unnest($${n + 2}::${type}[]) AS ${name}`).join(', ')},
    unnest($${GAP_PARAMETER}::double precision[]) AS gap, unnest($${GAP_PARAMETER + 1}::double precision[]) AS live_until
) AS given ORDER BY symbol COLLATE "C"
ON CONFLICT (symbol) DO UPDATE SET
  ${NAMES.map((name) => `${name} = ${newer(name)}`).join(',\n  ')},
  gap = greatest(stored.gap, excluded.gap),
  live_until = CASE WHEN greatest(stored.gap, excluded.gap) > (${newer('arrival')})
      AND greatest(stored.gap, excluded.gap) > (${newer('gap')})
    THEN least(${newer('live_until')}, floor(greatest(stored.gap, excluded.gap) / 1000) - 1)
    ELSE ${newer('live_until')} END
WHERE ${isNewer} OR excluded.gap > stored.gap`;
    this.#load = `
SELECT symbol, ${NAMES.map((name) => `${name}::text`).join(', ')}, gap::text, live_until::text FROM ${prices}`;
  }

  /** Stores prices of different symbols where nothing newer is stored. */
  async save(query: RunStatement, prices: readonly PriceRecord[]): Promise<void> {
    const numbers = (field: string, values: readonly number[]): string =>
      numberArray(values, `savePrices: ${field}`);
    await query(this.#save, [
      nameArray(prices.map(({ symbol }) => symbol)),
      decimalArray(prices.map(({ price }) => price)),
      numbers(
        'timestamp',
        prices.map(({ timestamp }) => timestamp),
      ),
      numbers(
        'receivedAt',
        prices.map(({ receivedAt }) => receivedAt),
      ),
      numbers(
        'stamp.venueTime',
        prices.map(({ stamp }) => stamp.venueTime),
      ),
      numbers(
        'stamp.arrival',
        prices.map(({ stamp }) => stamp.arrival),
      ),
      sparseDecimalArray(prices.map(({ bid }) => bid)),
      sparseDecimalArray(prices.map(({ ask }) => ask)),
      sparseDecimalArray(prices.map(({ previousClose }) => previousClose)),
      prices.every(({ previousCloseAt }) => previousCloseAt === undefined)
        ? '{}'
        : optionalNumberArray(
            prices.map(({ previousCloseAt }) => previousCloseAt ?? null),
            'savePrices: previousCloseAt',
          ),
      sparseDecimalArray(prices.map(({ accrued }) => accrued)),
      sparseDecimalArray(prices.map(({ previousAccrued }) => previousAccrued)),
      sparseNameArray(prices.map(({ currency }) => currency)),
      sparseNameArray(prices.map(({ state }) => state)),
      sparseDecimalArray(prices.map(({ adjustment }) => adjustment)),
      prices.every(({ gap }) => gap === 0)
        ? '{}'
        : numbers(
            'gap',
            prices.map(({ gap }) => gap),
          ),
      optionalNumberArray(
        prices.map(({ liveUntil }) => liveUntil),
        'savePrices: liveUntil',
      ),
    ]);
  }

  /** All prices. */
  async load(query: RunStatement): Promise<PriceRecord[]> {
    return (await query(this.#load)).map(recordOf);
  }
}

function recordOf(row: Row): PriceRecord {
  const [symbol, price, timestamp, receivedAt, venueTime, arrival] = row as string[];
  const [bid, ask, previousClose, previousCloseAt, accrued, previousAccrued] = row.slice(6);
  const [currency, state, adjustment, gap, liveUntil] = row.slice(12);
  return {
    symbol: originalName(symbol!),
    price: Decimal.fromTotal(price!, 'a stored price'),
    timestamp: Number(timestamp),
    receivedAt: Number(receivedAt),
    stamp: { venueTime: Number(venueTime), arrival: Number(arrival) },
    gap: Number(gap),
    liveUntil: liveUntil == null ? null : Number(liveUntil),
    ...(bid != null && { bid: Decimal.fromTotal(bid, 'a stored bid') }),
    ...(ask != null && { ask: Decimal.fromTotal(ask, 'a stored ask') }),
    ...(previousClose != null && {
      previousClose: Decimal.fromTotal(previousClose, 'a stored previous close'),
    }),
    ...(previousCloseAt != null && { previousCloseAt: Number(previousCloseAt) }),
    ...(accrued != null && { accrued: Decimal.fromTotal(accrued, 'stored accrued interest') }),
    ...(previousAccrued != null && {
      previousAccrued: Decimal.fromTotal(previousAccrued, 'stored accrued interest'),
    }),
    ...(currency != null && { currency: originalName(currency) }),
    ...(state != null && { state: state as NonNullable<PriceRecord['state']> }),
    ...(adjustment != null && { adjustment: Decimal.fromTotal(adjustment, 'a stored adjustment') }),
  };
}

/** The newest price of each symbol of a list. */
export function newestPrices(prices: readonly PriceRecord[]): PriceRecord[] {
  const newest = new Map<string, PriceRecord>();
  for (const price of prices) {
    const known = newest.get(price.symbol);
    newest.set(price.symbol, known ? newerPrice(known, price) : price);
  }
  return [...newest.values()];
}
