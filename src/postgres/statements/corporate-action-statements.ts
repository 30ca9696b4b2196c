import {
  checkSameAction,
  storedAction,
  type CorporateAction,
  type CorporateActionRecord,
} from '../../core/portfolio/corporate-actions/corporate-action.js';
import { storedName } from '../../core/portfolio/stored-name.js';
import type { Row, RunStatement } from '../drivers/postgres-client.js';
import type { TableNames } from '../table-names.js';

/** Stores and loads corporate actions. */
export class CorporateActionStatements {
  readonly #lock: string;
  readonly #find: string;
  readonly #put: string;
  readonly #after: string;

  constructor(t: TableNames) {
    const columns = 'number::text, action, is_booked::text';
    // One writer at a time until it commits, so that numbers become visible in their order.
    this.#lock = `SELECT pg_advisory_xact_lock(hashtextextended('${t.actions}', 0))`;
    this.#find = `SELECT ${columns} FROM ${t.actions} WHERE id = $1::text`;
    this.#put = `
INSERT INTO ${t.actions} (id, number, action, is_booked)
SELECT $1::text, coalesce(max(number), 0) + 1, $2::text, $3::text = 'true' FROM ${t.actions}
ON CONFLICT (id) DO UPDATE SET number = excluded.number, is_booked = excluded.is_booked
RETURNING ${columns}`;
    this.#after = `SELECT ${columns} FROM ${t.actions} WHERE number > $1::bigint ORDER BY number`;
  }

  /** @throws TickmarkError `ENTRY_CONFLICT`. */
  async save(
    query: RunStatement,
    action: CorporateAction,
    isBooked: boolean,
  ): Promise<CorporateActionRecord> {
    await query(this.#lock);
    const id = storedName(action.id);
    const [found] = await query(this.#find, [id]);
    const known = found && recordOf(found);
    if (known) checkSameAction(known.action, action);
    if (known && (known.isBooked || !isBooked)) return known;
    const [row] = await query(this.#put, [id, JSON.stringify(action), String(isBooked)]);
    return recordOf(row!);
  }

  /** Those with a number above `after`, by number. */
  async after(query: RunStatement, after: number): Promise<CorporateActionRecord[]> {
    return (await query(this.#after, [String(after)])).map(recordOf);
  }
}

function recordOf([number, action, isBooked]: Row): CorporateActionRecord {
  return { number: Number(number), action: storedAction(action!), isBooked: isBooked === 'true' };
}
