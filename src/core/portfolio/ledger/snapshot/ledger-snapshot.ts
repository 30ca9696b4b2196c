import type { InstrumentFinder } from '../account.js';
import { AppliedLedger } from '../applied-ledger.js';
import type { CostMethod } from '../cost-method.js';
import { Ledger } from '../ledger.js';
import { accountData, accountOf, type AccountData } from './account-data.js';

/**
 * Number of the form. It changes with everything that makes another account of the same entries, or another form of it: snapshots of another
 * form are not read, and the ledger is replayed.
 */
export const SNAPSHOT_FORMAT = 1;

// ±Infinity has no JSON: `null` is -Infinity.
interface SnapshotData {
  readonly format: number;
  /** How many entries it covers. */
  readonly entries: number;
  readonly lastAt: number | null;
  readonly latest: number | null;
  readonly closedUntil: number | null;
  readonly symbols: readonly string[];
  readonly account: AccountData;
}

/** What a ledger adds up to, as JSON: {@link readSnapshot} makes the same of it, without the entries. */
export function snapshotText({ ledger, account, latest }: AppliedLedger): string {
  const data: SnapshotData = {
    format: SNAPSHOT_FORMAT,
    entries: ledger.length,
    lastAt: finiteOrNull(ledger.lastAt),
    latest: finiteOrNull(latest),
    closedUntil: finiteOrNull(ledger.closedUntil),
    symbols: ledger.symbols,
    account: accountData(account),
  };
  return JSON.stringify(data);
}

/**
 * The ledger of a snapshot, whose entries are not in memory; `null` for a snapshot of another form.
 * @param entries How many entries it has to cover.
 * @param find Finds the instruments of the portfolio.
 */
export function readSnapshot(
  text: string,
  entries: number,
  currency: string,
  costMethod: CostMethod,
  find: InstrumentFinder,
): AppliedLedger | null {
  try {
    const data = JSON.parse(text) as SnapshotData;
    if (data.format !== SNAPSHOT_FORMAT || data.entries !== entries) return null;
    const account = accountOf(data.account, currency, costMethod, find);
    const ledger = Ledger.after({
      count: entries,
      lastAt: data.lastAt ?? -Infinity,
      closedUntil: data.closedUntil ?? -Infinity,
      symbols: data.symbols,
    });
    return AppliedLedger.restored(ledger, account, data.latest ?? -Infinity);
  } catch {
    // Whatever is wrong with it, the entries are there.
    return null;
  }
}

function finiteOrNull(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}
