import type { Decimal } from '../../core/money/decimal.js';
import type { LedgerEntry } from '../../core/portfolio/ledger/ledger-entry.js';
import type { Portfolio } from '../../core/portfolio/portfolio.js';
import type { Position } from '../../core/portfolio/position.js';
import { snapshotToSave } from '../../core/portfolio/saving/snapshot-to-save.js';
import type { NewSnapshot } from '../../core/portfolio/saving/stored-state.js';
import { unsavedChanges, type UnsavedChanges } from '../../core/portfolio/saving/unsaved-changes.js';
import {
  decimalArray,
  literalArray,
  nameArray,
  numberArray,
  optionalNumberArray,
  optionalLiteralArray,
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

/** A portfolio with what a save of it writes. */
export interface PreparedSave {
  readonly portfolio: Portfolio;
  readonly changes: UnsavedChanges;
  /** `null`: what is stored stays. */
  readonly snapshot: NewSnapshot | null;
}

/**
 * Works out what a save writes.
 * @param snapshotFrom Number of entries from which a ledger has a snapshot.
 * @throws TickmarkError `LEDGER_NOT_LOADED`.
 */
export function preparedSave(portfolio: Portfolio, snapshotFrom: number): PreparedSave {
  const changes = unsavedChanges(portfolio);
  return { portfolio, changes, snapshot: snapshotToSave(portfolio, snapshotFrom) };
}

/** The parameters of a save of one portfolio. */
export function saveParameters(
  { portfolio, changes, snapshot }: PreparedSave,
  name: string,
): (string | null)[] {
  const { id, version, currency, cash } = portfolio;
  const { isWhole, positions, closed } = changes;
  return [
    storedName(id),
    String(version),
    storedName(currency),
    termsOf(portfolio),
    nameArray([...cash.keys()]),
    decimalArray([...cash.values()]),
    name,
    snapshot && snapshot.text,
    snapshot && String(snapshot.entries),
    snapshot && optionalTime(snapshot),
    nameArray(positions.map(({ position }) => position.symbol)),
    ...positionParameters(positions.map(({ position }) => position)),
    placeArray(positions),
    ...entryParameters(numbered(changes)),
    ...(isWhole ? [] : [nameArray(closed)]),
  ];
}

/** The parameters of a save of a set, all whole or all changes: one array for each column. */
export function saveSetParameters(saves: readonly PreparedSave[], name: string): string[] {
  const portfolios = saves.map(({ portfolio }) => portfolio);
  const holdings = saves.flatMap(({ portfolio: { id }, changes }) =>
    changes.positions.map(({ place, position }) => ({ id, place, position })),
  );
  const closed = saves.flatMap(({ portfolio: { id }, changes }) =>
    changes.closed.map((symbol) => ({ id, symbol })),
  );
  const snapshots = saves.map(({ snapshot }) => snapshot);
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
    optionalLiteralArray(snapshots.map((snapshot) => snapshot && snapshot.text)),
    optionalNumberArray(
      snapshots.map((snapshot) => snapshot && snapshot.entries),
      'save: entries of the snapshot',
    ),
    optionalNumberArray(
      snapshots.map((snapshot) => (snapshot?.text == null ? null : snapshot.lastAt)),
      'save: at of the snapshot',
    ),
    nameArray(holdings.map(({ id }) => id)),
    placeArray(holdings),
    nameArray(holdings.map(({ position }) => position.symbol)),
    ...positionParameters(holdings.map(({ position }) => position)),
    nameArray(saves.flatMap(({ portfolio: { id }, changes }) => changes.entries.map(() => id))),
    ...entryParameters(saves.flatMap(({ changes }) => numbered(changes))),
    ...(saves[0]!.changes.isWhole
      ? []
      : [nameArray(closed.map(({ id }) => id)), nameArray(closed.map(({ symbol }) => symbol))]),
  ];
}

/** The parameters that name the entries of some saves: portfolio, id, ordinal. */
export function entryNameParameters(saves: readonly PreparedSave[]): string[] {
  const ids = saves.flatMap(({ portfolio: { id }, changes }) => changes.entries.map(() => id));
  const [entryIds, ordinals] = entryParameters(saves.flatMap(({ changes }) => numbered(changes)));
  return [nameArray(ids), entryIds!, ordinals!];
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

function numbered({ entries, firstOrdinal }: UnsavedChanges): NumberedEntry[] {
  return entries.map((entry, index) => ({ ordinal: firstOrdinal + index, entry }));
}

function placeArray(placed: readonly { readonly place: number }[]): string {
  return numberArray(
    placed.map(({ place }) => place),
    'save: ordinal',
  );
}

function optionalTime({ text, lastAt }: NewSnapshot): string | null {
  return text === null ? null : String(lastAt);
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
