import type { Decimal } from '../../core/money/decimal.js';
import { newerPrice } from '../../core/portfolio/newer-price.js';
import type { PriceRecord } from '../../core/portfolio/portfolio-repository.js';
import { originalName, storedName } from '../../core/portfolio/stored-name.js';
import type { SqliteQueries, SqliteValue } from '../sqlite-queries.js';
import type { TableNames } from '../table-names.js';
import { amountOf, checkTime, numberOf, storedAmount, type StoredNumber } from './stored-values.js';

const COLUMNS = [
  'symbol',
  'price',
  'price_time',
  'received_at',
  'venue_time',
  'arrival',
  'gap',
  'live_until',
  'bid',
  'ask',
  'previous_close',
  'previous_close_at',
  'accrued',
  'previous_accrued',
  'currency',
  'state',
  'adjustment',
];

interface PriceRow {
  readonly symbol: string;
  readonly price: string;
  readonly price_time: StoredNumber;
  readonly received_at: StoredNumber;
  readonly venue_time: StoredNumber;
  readonly arrival: StoredNumber;
  readonly gap: StoredNumber;
  readonly live_until: StoredNumber | null;
  readonly bid: string | null;
  readonly ask: string | null;
  readonly previous_close: string | null;
  readonly previous_close_at: StoredNumber | null;
  readonly accrued: string | null;
  readonly previous_accrued: string | null;
  readonly currency: string | null;
  readonly state: string | null;
  readonly adjustment: string | null;
}

/** Stores and loads last prices. */
export class PriceStatements {
  readonly #load: string;
  readonly #loadAll: string;
  readonly #put: string;

  constructor({ prices }: TableNames) {
    this.#loadAll = `SELECT ${COLUMNS.join(', ')} FROM ${prices}`;
    this.#load = `${this.#loadAll} WHERE symbol = ?`;
    this.#put = `
INSERT OR REPLACE INTO ${prices} (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;
  }

  /** Stores a price where nothing newer is stored, within a transaction that keeps others from writing. */
  save(queries: SqliteQueries, offered: PriceRecord): void {
    const row = queries.one<PriceRow>(this.#load, storedName(offered.symbol));
    const stored = row && recordOf(row);
    const kept = stored ? newerPrice(stored, offered) : offered;
    if (kept !== stored) queries.run(this.#put, ...valuesOf(kept));
  }

  /** All prices. */
  load(queries: SqliteQueries): PriceRecord[] {
    return queries.all<PriceRow>(this.#loadAll).map(recordOf);
  }
}

/** Checks the numbers of a price. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkPrice(price: PriceRecord): void {
  const { timestamp, receivedAt, stamp, gap, liveUntil, previousCloseAt } = price;
  const { venueTime, arrival } = stamp;
  for (const [field, given] of Object.entries({ timestamp, receivedAt, venueTime, arrival, gap }))
    checkTime(`savePrices: ${field}`, given);
  if (liveUntil !== null) checkTime('savePrices: liveUntil', liveUntil);
  if (previousCloseAt !== undefined) checkTime('savePrices: previousCloseAt', previousCloseAt);
}

// One for each of COLUMNS.
function valuesOf(price: PriceRecord): SqliteValue[] {
  const { currency, state } = price;
  return [
    storedName(price.symbol),
    storedAmount(price.price),
    price.timestamp,
    price.receivedAt,
    price.stamp.venueTime,
    price.stamp.arrival,
    price.gap,
    price.liveUntil,
    storedAmount(price.bid),
    storedAmount(price.ask),
    storedAmount(price.previousClose),
    price.previousCloseAt ?? null,
    storedAmount(price.accrued),
    storedAmount(price.previousAccrued),
    currency === undefined ? null : storedName(currency),
    state ?? null,
    storedAmount(price.adjustment),
  ];
}

function recordOf(row: PriceRow): PriceRecord {
  const amount = (text: string | null): Decimal | null => amountOf(text, 'a stored price');
  const { price, bid, ask, previous_close, accrued, previous_accrued, currency, state, adjustment } = row;
  return {
    symbol: originalName(row.symbol),
    price: amount(price)!,
    timestamp: Number(row.price_time),
    receivedAt: Number(row.received_at),
    stamp: { venueTime: Number(row.venue_time), arrival: Number(row.arrival) },
    gap: Number(row.gap),
    liveUntil: numberOf(row.live_until),
    ...(bid !== null && { bid: amount(bid)! }),
    ...(ask !== null && { ask: amount(ask)! }),
    ...(previous_close !== null && { previousClose: amount(previous_close)! }),
    ...(row.previous_close_at !== null && { previousCloseAt: Number(row.previous_close_at) }),
    ...(accrued !== null && { accrued: amount(accrued)! }),
    ...(previous_accrued !== null && { previousAccrued: amount(previous_accrued)! }),
    ...(currency !== null && { currency: originalName(currency) }),
    ...(state !== null && { state: state as NonNullable<PriceRecord['state']> }),
    ...(adjustment !== null && { adjustment: amount(adjustment)! }),
  };
}
