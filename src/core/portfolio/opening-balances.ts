import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { Decimal } from '../money/decimal.js';
import { checkedName } from './checked-name.js';
import type { LedgerEntryInput } from './ledger/ledger-entry.js';
import type { PortfolioInput, PositionInput } from './portfolio-input.js';
import { checkNames } from '../option-names.js';

/** The entries that a ledger begins with, of holdings as they are written down. */
export function openingEntries(input: PortfolioInput): LedgerEntryInput[] {
  const where = `Portfolio ${quote(input.id)}`;
  const at = input.at ?? 0;
  const { rates } = input;
  const symbols = new Set<string>();
  const positions = (input.positions ?? []).map((position): LedgerEntryInput => {
    const symbol = checkedName(position.symbol, `${where}: symbol of a position`);
    if (symbols.has(symbol))
      throw new TickmarkError(
        'DUPLICATE_SYMBOL',
        `${where} lists ${quote(symbol)} twice; a symbol has one position.`,
      );
    symbols.add(symbol);
    return {
      id: `opening position ${symbol}`,
      at,
      ...(rates && { rates }),
      ...openingPosition(position, where),
    };
  });
  const cash = Object.entries(input.cash ?? {}).map(([currency, amount]): LedgerEntryInput => {
    return {
      id: `opening cash ${currency}`,
      at,
      ...(rates && { rates }),
      type: 'openingCash',
      currency,
      amount,
    };
  });
  return [...positions, ...cash];
}

const POSITION_INPUT: Readonly<Record<keyof PositionInput, true>> = {
  symbol: true,
  quantity: true,
  averageCost: true,
  costBasis: true,
  baseCost: true,
  currency: true,
  realizedPnl: true,
};

/** A holding as an entry, without id and time. */
export function openingPosition(position: PositionInput, where: string) {
  checkNames(`${where}: position ${quote(position.symbol)}`, 'field', position, POSITION_INPUT);
  const { symbol, quantity, averageCost, costBasis, baseCost, currency, realizedPnl } = position;
  if (averageCost !== undefined && costBasis !== undefined)
    throw invalidArgument(
      `${where}: position ${quote(symbol)}`,
      'averageCost and costBasis',
      'one of the two',
    );
  if (Decimal.from(quantity, `${where}: position ${quote(symbol)}: quantity`).isZero)
    throw invalidArgument(
      `${where}: position ${quote(symbol)}: quantity`,
      quantity,
      'a quantity other than zero',
    );
  return {
    type: 'openingPosition' as const,
    symbol,
    quantity,
    ...(averageCost !== undefined && { price: averageCost }),
    ...(costBasis !== undefined && { cost: costBasis }),
    ...(baseCost !== undefined && { baseCost }),
    ...(currency !== undefined && { currency }),
    ...(realizedPnl !== undefined && { realizedPnl }),
  };
}
