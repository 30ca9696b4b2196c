import type { Decimal } from '../../core/money/decimal.js';
import type { LedgerEntry } from '../../core/portfolio/ledger/ledger-entry.js';
import type { Portfolio } from '../../core/portfolio/portfolio.js';
import type { Position } from '../../core/portfolio/position.js';
import {
  booleanArray,
  decimalArray,
  literalArray,
  nameArray,
  numberArray,
  versionArray,
} from '../array-literal.js';
import { storedName } from '../../core/portfolio/stored-name.js';

/** Columns of a position that a save sets, with their types. */
export const POSITION_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['currency', 'text'],
  ['quantity', 'numeric'],
  ['cost_basis', 'numeric'],
  ['base_cost', 'numeric'],
  ['realized_pnl', 'numeric'],
  ['price_currency', 'text'],
  ['factor', 'numeric'],
  ['settled_worth', 'numeric'],
];
/** The parameters of a save of one portfolio. */
export function saveParameters(portfolio: Portfolio, name: string): string[] {
  const { id, version, currency, cash, positions } = portfolio;
  const { entries, isWhole } = entriesToSave(portfolio);
  return [
    storedName(id),
    String(version),
    storedName(currency),
    termsOf(portfolio),
    nameArray([...cash.keys()]),
    decimalArray([...cash.values()]),
    name,
    nameArray(positions.map((position) => position.symbol)),
    ...positionParameters(positions),
    String(isWhole),
    ...entryParameters(entries),
  ];
}

/** The parameters of a save of a set: one array for each column. */
export function saveSetParameters(portfolios: readonly Portfolio[], name: string): string[] {
  const holdings = portfolios.flatMap(({ id, positions }) =>
    positions.map((position, index) => ({ id, ordinal: index + 1, position })),
  );
  const ledgers = portfolios.map((portfolio) => ({ id: portfolio.id, ...entriesToSave(portfolio) }));
  return [
    nameArray(portfolios.map(({ id }) => id)),
    versionArray(
      portfolios.map(({ version }) => version),
      'save: version',
    ),
    nameArray(portfolios.map(({ currency }) => currency)),
    literalArray(portfolios.map(termsOf)),
    ...amountParameters(portfolios.map(({ cash }) => cash)),
    name,
    booleanArray(ledgers.map(({ isWhole }) => isWhole)),
    nameArray(holdings.map(({ id }) => id)),
    numberArray(
      holdings.map(({ ordinal }) => ordinal),
      'save: ordinal',
    ),
    nameArray(holdings.map(({ position }) => position.symbol)),
    ...positionParameters(holdings.map(({ position }) => position)),
    nameArray(ledgers.flatMap(({ id, entries }) => entries.map(() => id))),
    ...entryParameters(ledgers.flatMap(({ entries }) => entries)),
  ];
}

// One for each of POSITION_COLUMNS.
function positionParameters(positions: readonly Position[]): string[] {
  return [
    nameArray(positions.map(({ currency }) => currency)),
    decimalArray(positions.map(({ quantity }) => quantity)),
    decimalArray(positions.map(({ costBasis }) => costBasis)),
    decimalArray(positions.map(({ baseCost }) => baseCost)),
    decimalArray(positions.map(({ realizedPnl }) => realizedPnl)),
    nameArray(positions.map(({ instrument }) => instrument.currency)),
    // The views have no formula for the worth of inverse contracts.
    decimalArray(positions.map(({ instrument }) => (instrument.inverse ? null : instrument.factor))),
    decimalArray(positions.map(({ holding }) => holding.settledWorth)),
  ];
}

interface NumberedEntry {
  readonly ordinal: number;
  readonly entry: LedgerEntry;
}

// A portfolio loaded from the store, or saved to it: the entries that the store lacks. Any other: all entries, replacing the stored ones.
function entriesToSave(portfolio: Portfolio): {
  readonly isWhole: boolean;
  readonly entries: NumberedEntry[];
} {
  const { entries, storedCount } = portfolio.unsavedEntries;
  return {
    isWhole: storedCount === null,
    entries: entries.map((entry, index) => ({ ordinal: (storedCount ?? 0) + index, entry })),
  };
}

function entryParameters(entries: readonly NumberedEntry[]): string[] {
  return [
    nameArray(entries.map(({ entry }) => entry.id)),
    numberArray(
      entries.map(({ ordinal }) => ordinal),
      'save: ordinal',
    ),
    numberArray(
      entries.map(({ entry }) => entry.at),
      'save: at',
    ),
    literalArray(entries.map(({ entry }) => JSON.stringify(entry))),
  ];
}

function termsOf(portfolio: Portfolio): string {
  const { costMethod, tags, instruments } = portfolio.terms;
  return JSON.stringify({ costMethod, tags, instruments });
}

// `unnest` would flatten an array of arrays, so each portfolio's amounts are an array literal of their own.
function amountParameters(amounts: readonly ReadonlyMap<string, Decimal>[]): [string, string] {
  return [
    literalArray(amounts.map((each) => nameArray([...each.keys()]))),
    literalArray(amounts.map((each) => decimalArray([...each.values()]))),
  ];
}
