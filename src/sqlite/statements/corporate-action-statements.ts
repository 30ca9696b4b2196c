import {
  checkSameAction,
  storedAction,
  type CorporateAction,
  type CorporateActionRecord,
} from '../../core/portfolio/corporate-actions/corporate-action.js';
import { storedName } from '../../core/portfolio/stored-name.js';
import type { SqliteQueries } from '../sqlite-queries.js';
import type { TableNames } from '../table-names.js';
import type { StoredNumber } from './stored-values.js';

interface ActionRow {
  readonly number: StoredNumber;
  readonly action: string;
  readonly is_booked: StoredNumber;
}

/** Stores and loads corporate actions. */
export class CorporateActionStatements {
  readonly #find: string;
  readonly #put: string;
  readonly #after: string;

  constructor(t: TableNames) {
    const columns = 'number, action, is_booked';
    this.#find = `SELECT ${columns} FROM ${t.actions} WHERE id = ?`;
    this.#put = `
INSERT INTO ${t.actions} (id, number, action, is_booked)
SELECT ?, coalesce(max(number), 0) + 1, ?, ? FROM ${t.actions} WHERE true
ON CONFLICT (id) DO UPDATE SET number = excluded.number, is_booked = excluded.is_booked
RETURNING ${columns}`;
    this.#after = `SELECT ${columns} FROM ${t.actions} WHERE number > ? ORDER BY number`;
  }

  /** Within a transaction that keeps others from writing. @throws TickmarkError `ENTRY_CONFLICT`. */
  save(queries: SqliteQueries, action: CorporateAction, isBooked: boolean): CorporateActionRecord {
    const id = storedName(action.id);
    const found = queries.one<ActionRow>(this.#find, id);
    const known = found && recordOf(found);
    if (known) checkSameAction(known.action, action);
    if (known && (known.isBooked || !isBooked)) return known;
    return recordOf(queries.one<ActionRow>(this.#put, id, JSON.stringify(action), Number(isBooked))!);
  }

  /** Those with a number above `after`, by number. */
  after(queries: SqliteQueries, after: number): CorporateActionRecord[] {
    return queries.all<ActionRow>(this.#after, after).map(recordOf);
  }
}

function recordOf({ number, action, is_booked }: ActionRow): CorporateActionRecord {
  return { number: Number(number), action: storedAction(action), isBooked: Number(is_booked) === 1 };
}
