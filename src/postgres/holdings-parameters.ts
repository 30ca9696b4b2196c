import type { Decimal } from '../core/money/decimal.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import { decimalArray, literalArray, nameArray, numberArray, versionArray } from './array-literal.js';
import { storedName } from './stored-name.js';

/** The parameters of a save of one portfolio. */
export function saveParameters(portfolio: Portfolio, name: string): string[] {
  const { id, version, currency, accountKind, cash, realizedPnl, positions } = portfolio;
  return [
    storedName(id),
    String(version),
    storedName(currency),
    accountKind,
    nameArray([...cash.keys()]),
    decimalArray([...cash.values()]),
    nameArray([...realizedPnl.keys()]),
    decimalArray([...realizedPnl.values()]),
    name,
    nameArray(positions.map((position) => position.symbol)),
    nameArray(positions.map((position) => position.currency)),
    decimalArray(positions.map((position) => position.quantity)),
    decimalArray(positions.map((position) => position.costBasis)),
    decimalArray(positions.map((position) => position.realizedPnl)),
  ];
}

/** The parameters of a save of a set: one array for each column. */
export function saveSetParameters(portfolios: readonly Portfolio[], name: string): string[] {
  const holdings = portfolios.flatMap(({ id, positions }) =>
    positions.map((position, index) => ({ id, ordinal: index + 1, position })),
  );
  return [
    nameArray(portfolios.map(({ id }) => id)),
    versionArray(
      portfolios.map(({ version }) => version),
      'save: version',
    ),
    nameArray(portfolios.map(({ currency }) => currency)),
    nameArray(portfolios.map(({ accountKind }) => accountKind)),
    ...amountParameters(portfolios.map(({ cash }) => cash)),
    ...amountParameters(portfolios.map(({ realizedPnl }) => realizedPnl)),
    name,
    nameArray(holdings.map(({ id }) => id)),
    numberArray(
      holdings.map(({ ordinal }) => ordinal),
      'save: ordinal',
    ),
    nameArray(holdings.map(({ position }) => position.symbol)),
    nameArray(holdings.map(({ position }) => position.currency)),
    decimalArray(holdings.map(({ position }) => position.quantity)),
    decimalArray(holdings.map(({ position }) => position.costBasis)),
    decimalArray(holdings.map(({ position }) => position.realizedPnl)),
  ];
}

// `unnest` would flatten an array of arrays, so each portfolio's amounts are an array literal of their own.
function amountParameters(amounts: readonly ReadonlyMap<string, Decimal>[]): [string, string] {
  return [
    literalArray(amounts.map((each) => nameArray([...each.keys()]))),
    literalArray(amounts.map((each) => decimalArray([...each.values()]))),
  ];
}
