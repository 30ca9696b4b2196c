import {
  checkSameAction,
  type CorporateAction,
  type CorporateActionRecord,
} from '../core/portfolio/corporate-actions/corporate-action.js';

/** The corporate actions of an in-memory repository. */
export class StoredActions {
  readonly #records = new Map<string, CorporateActionRecord>();
  #number = 0;

  /** @throws TickmarkError `ENTRY_CONFLICT`. */
  save(action: CorporateAction, isBooked: boolean): CorporateActionRecord {
    const known = this.#records.get(action.id);
    if (known) checkSameAction(known.action, action);
    if (known && (known.isBooked || !isBooked)) return known;
    const record = Object.freeze({ number: ++this.#number, action: known?.action ?? action, isBooked });
    this.#records.set(action.id, record);
    return record;
  }

  /** Those with a number above `after`, by number. */
  after(after: number): CorporateActionRecord[] {
    return [...this.#records.values()]
      .filter(({ number }) => number > after)
      .sort((a, b) => a.number - b.number);
  }
}
