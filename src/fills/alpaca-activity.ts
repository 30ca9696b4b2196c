import { TickmarkError, quote } from '../core/errors.js';
import { readIsoTime } from '../core/iso-time.js';
import type { AccountSnapshot, Fill } from '../core/fills/fill-stream.js';
import { Decimal } from '../core/money/decimal.js';
import { readEntry } from '../core/portfolio/ledger/entry-reader.js';
import type { LedgerEntryInput } from '../core/portfolio/ledger/ledger-entry.js';

/** An activity of type `FILL`. */
export interface AlpacaActivity {
  readonly id: string;
  readonly transaction_time: string;
  readonly symbol: string;
  readonly side: string;
  readonly qty: string;
  readonly price: string;
  readonly order_id?: string;
  /** Units of the order that are filled, this fill included. */
  readonly cum_qty?: string;
}

/** An open position. */
export interface AlpacaPosition {
  readonly symbol: string;
  /** Units; below 0 when short. */
  readonly qty: string;
  readonly side?: string;
}

const TYPES: ReadonlyMap<unknown, 'buy' | 'sell'> = new Map([
  ['buy', 'buy'],
  ['sell', 'sell'],
  ['sell_short', 'sell'],
]);

/** Time of an activity, ms since 1970; NaN without one. */
export const timeOfActivity = ({ transaction_time: text }: AlpacaActivity): number => {
  const time = typeof text === 'string' ? readIsoTime(text) : NaN;
  return typeof time === 'number' ? time : NaN;
};

/**
 * The fill that an activity is.
 * @throws TickmarkError `MALFORMED_INPUT` for one that cannot be booked.
 */
export function fillOfAlpaca(
  activity: AlpacaActivity,
  account: string,
  symbolOf: (symbol: string) => string,
): Fill {
  const { id, symbol, side, qty, price } = activity;
  const type = TYPES.get(side);
  if (typeof id !== 'string' || id === '' || typeof symbol !== 'string' || !type)
    throw malformed(`a fill needs id, symbol and side (${[...TYPES.keys()].join(', ')}): ${shown(activity)}`);
  // Pairs of crypto name the currency that they are paid in.
  const [, currency = 'USD'] = symbol.split('/');
  try {
    const entry: LedgerEntryInput = {
      id: `alpaca:${id}`,
      at: timeOfActivity(activity),
      type,
      symbol: symbolOf(symbol),
      quantity: qty,
      price,
      currency,
    };
    readEntry(entry);
    return { type: 'fill', account, entry };
  } catch (cause) {
    throw malformed(`a fill cannot be booked: ${(cause as Error).message}`, cause);
  }
}

/**
 * Positions as a snapshot. Cash is left out: what changes it besides trades is not in the stream.
 * @throws TickmarkError `MALFORMED_INPUT` for a position that cannot be read.
 */
export function snapshotOfAlpaca(
  positions: readonly AlpacaPosition[],
  account: string,
  at: number,
  symbolOf: (symbol: string) => string,
): AccountSnapshot {
  const units: Record<string, Decimal> = {};
  for (const position of positions) {
    const { symbol, qty, side } = position;
    if (typeof symbol !== 'string') throw malformed(`a position needs a symbol: ${shown(position)}`);
    try {
      const quantity = Decimal.from(qty);
      units[symbolOf(symbol)] = side === 'short' && quantity.sign > 0 ? quantity.negated() : quantity;
    } catch (cause) {
      throw malformed(`a position in ${quote(symbol)} of ${quote(qty)} units cannot be read`, cause);
    }
  }
  return { type: 'snapshot', account, at, positions: units };
}

const shown = (value: unknown): string => quote(JSON.stringify(value));

function malformed(why: string, cause?: unknown): TickmarkError {
  return new TickmarkError('MALFORMED_INPUT', `AlpacaFillStream: ${why}`, { cause });
}
