import { TickmarkError, quote } from '../core/errors.js';
import type { Fill } from '../core/fills/fill-stream.js';
import type { LedgerEntryInput } from '../core/portfolio/ledger/ledger-entry.js';

/** A fee as ccxt gives it. */
export interface CcxtFee {
  readonly cost?: number | string | null;
  readonly currency?: string | null;
}

/** A trade of an account as ccxt gives it; see https://github.com/ccxt/ccxt/wiki/Manual#trade-structure. */
export interface CcxtTrade {
  readonly id: string;
  /** ms since 1970. */
  readonly timestamp: number;
  /** Market, such as `BTC/USDT` or `BTC/USDT:USDT`. */
  readonly symbol: string;
  readonly side: string;
  readonly price: number | string;
  /** Units, or contracts. */
  readonly amount: number | string;
  readonly fee?: CcxtFee | null;
  readonly fees?: readonly CcxtFee[] | null;
}

/**
 * The fills that a trade of ccxt is: the trade, and an entry for each further fee.
 * @param exchange Id of the exchange, which begins the ids of the entries.
 * @throws TickmarkError `MALFORMED_INPUT` for a trade without id, time, market or side.
 */
export function fillsOfCcxt(trade: CcxtTrade, exchange: string, account: string): Fill[] {
  const { id, timestamp, symbol, side, price, amount } = trade;
  const [base = '', rest = ''] = typeof symbol === 'string' ? symbol.split('/') : [];
  const [currency = ''] = rest.split(':');
  const isNamed = id !== undefined && id !== null && id !== '' && base !== '' && currency !== '';
  if (!isNamed || !Number.isFinite(timestamp) || (side !== 'buy' && side !== 'sell'))
    throw new TickmarkError(
      'MALFORMED_INPUT',
      `CcxtFillStream: a trade of ${exchange} needs id, timestamp, symbol (BASE/QUOTE) and side (buy, sell): ${quote(trade)}.`,
    );
  const common = { id: `${exchange}:${symbol}:${id}`, at: timestamp };
  const [inUnits, paid] = feesOf(trade, side === 'buy' && !symbol.includes(':') ? base : null);
  const [fee, ...others] = paid;
  const entry: LedgerEntryInput = {
    ...common,
    type: side,
    symbol,
    quantity: amount,
    price,
    currency,
    ...(fee && { fee: fee.cost, feeCurrency: fee.currency }),
    ...(inUnits.length === 1 && { feeQuantity: inUnits[0]!.cost }),
  };
  const further = others.map(({ cost, currency: of }, at): LedgerEntryInput => {
    return {
      id: `${common.id}:fee-${at + 2}`,
      at: timestamp,
      type: 'fee',
      amount: cost,
      currency: of,
      symbol,
    };
  });
  return [entry, ...further].map((each) => ({ type: 'fill', account, entry: each }));
}

interface KnownFee {
  readonly cost: number | string;
  readonly currency: string;
}

// Those in the coin that was bought, and those that are paid; without the ones of 0.
function feesOf({ fee, fees }: CcxtTrade, coin: string | null): [inUnits: KnownFee[], paid: KnownFee[]] {
  const all = (fees && fees.length > 0 ? fees : fee ? [fee] : []).flatMap(({ cost, currency }) =>
    cost === undefined || cost === null || Number(cost) === 0 || !currency ? [] : [{ cost, currency }],
  );
  const isInUnits = ({ cost, currency }: KnownFee) => currency === coin && Number(cost) > 0;
  return [all.filter(isInUnits), all.filter((each) => !isInUnits(each))];
}
