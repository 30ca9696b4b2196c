import { TickmarkError, quote } from '../../errors.js';

/** Why a portfolio was not saved: a store has an entry of its ledger that was not loaded. */
export function storedEntry(portfolioId: string, entryId: string): TickmarkError {
  return new TickmarkError(
    'ENTRY_CONFLICT',
    `Portfolio ${quote(portfolioId)} is stored with an entry ${quote(entryId)} that was not loaded: an id applies once. ` +
      `Load the portfolio with load(id, { ledger: 'whole' }) and apply the entry to that: the same one again changes nothing.`,
  );
}
