import { invalidArgument, quote } from '../../errors.js';
import { isSameEntry, readEntry } from '../ledger/entry-reader.js';
import { entryConflict } from '../ledger/new-entries.js';
import type {
  LedgerEntry,
  LedgerEntryInput,
  Merger,
  Rename,
  SpinOff,
  Split,
} from '../ledger/ledger-entry.js';

/** A corporate action of an instrument: an entry that goes into the ledger of every portfolio that holds it, under the same id. Checked. */
export type CorporateAction = Split | SpinOff | Merger | Rename;

/** A {@link CorporateAction} as it is written down: amounts as strings or numbers, times as ISO strings, ms or `Date`. `at` is the ex-time. */
export type CorporateActionInput = Extract<LedgerEntryInput, { readonly type: CorporateAction['type'] }>;

/** A corporate action as it is stored. */
export interface CorporateActionRecord {
  /** Rises with each action that is stored, and each that is marked as booked; starts at 1. */
  readonly number: number;
  readonly action: CorporateAction;
  /** Whether it is in the ledger of every portfolio that held the instrument. */
  readonly isBooked: boolean;
}

const TYPES: readonly string[] = ['split', 'spinOff', 'merger', 'rename'] satisfies CorporateAction['type'][];

/** Whether an entry is a corporate action of an instrument. */
export function isCorporateAction(entry: LedgerEntry): entry is CorporateAction {
  return TYPES.includes(entry.type);
}

/**
 * Checks a corporate action.
 * @param now ms since 1970: an action cannot be booked before its ex-time.
 * @throws TickmarkError as `Portfolio.apply`, and `INVALID_ARGUMENT` for another type of entry or an ex-time that is not past.
 */
export function readCorporateAction(input: CorporateActionInput, now: number): CorporateAction {
  const entry = readEntry(input);
  const where = `Corporate action ${quote(entry.id)}`;
  if (!isCorporateAction(entry)) throw invalidArgument(`${where}: type`, entry.type, TYPES.join(', '));
  if (entry.at > now)
    throw invalidArgument(
      `${where}: at`,
      new Date(entry.at).toISOString(),
      `an ex-time that is past; it is ${new Date(now).toISOString()}`,
    );
  if (entry.rates)
    throw invalidArgument(
      `${where}: rates`,
      JSON.stringify(entry.rates),
      'no rates, since portfolios have different currencies: use correct() on the entry of a portfolio',
    );
  return entry;
}

/** Reads a stored corporate action: the JSON of its entry. */
export function storedAction(json: string): CorporateAction {
  return readEntry(JSON.parse(json) as CorporateActionInput) as CorporateAction;
}

/** Checks that an action that is stored again is the same. @throws TickmarkError `ENTRY_CONFLICT`. */
export function checkSameAction(stored: CorporateAction, given: CorporateAction): void {
  if (!isSameEntry(stored, given))
    throw entryConflict(`Corporate action ${quote(given.id)} is stored`, stored, given);
}
