import { checkNumber } from '../../options.js';
import { snapshotText } from '../ledger/snapshot/ledger-snapshot.js';
import type { Portfolio } from '../portfolio.js';
import type { NewSnapshot } from './stored-state.js';

/** Default number of entries from which a ledger has a snapshot: fewer are replayed in a few ms. */
export const SNAPSHOT_FROM = 1_000;
// So many new entries are replayed in a few ms, and a snapshot is written seldom enough to cost little per entry.
const FEWEST_NEW_ENTRIES = 500;
const SHARE_OF_NEW_ENTRIES = 128;
const NO_SNAPSHOT: NewSnapshot = { text: null, entries: 0, lastAt: -Infinity };

/**
 * The snapshot to store with a portfolio; `null` if the stored one, or none, is still right.
 * @param from Number of entries from which a ledger has one.
 */
export function snapshotToSave({ applied, stored }: Portfolio, from: number): NewSnapshot | null {
  const { length, lastAt } = applied.ledger;
  const covered = stored?.snapshotEntries ?? 0;
  const isContinued = stored !== null && applied.continues(stored.applied);
  if (length < from) return isContinued && covered === 0 ? null : NO_SNAPSHOT;
  const fewest = Math.max(FEWEST_NEW_ENTRIES, length / SHARE_OF_NEW_ENTRIES);
  if (isContinued && covered > 0 && length - covered < fewest) return null;
  return { text: snapshotText(applied), entries: length, lastAt };
}

/** Checks the option `snapshotFrom`. @param where Whose it is. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkSnapshotFrom(given: number, where: string): void {
  if (given === Infinity) return;
  checkNumber(`${where}: snapshotFrom`, given, { from: 1, isWhole: true });
}
