import type { Account } from '../account.js';
import {
  applyMerger,
  applyRename,
  applyReturnOfCapital,
  applySpinOff,
  applySplit,
} from './corporate-actions.js';
import type { BookingEntry } from '../ledger-entry.js';
import { applyCashFlow, applyCharge, applyConversion, applyIncome } from './money-entries.js';
import { applyOpeningCash, applyOpeningPosition } from './opening-entries.js';
import { applySettlement, applyTrade } from './trades.js';
import { applyTransferIn, applyTransferOut } from './transfers.js';

/**
 * Applies an entry to an account, which it changes.
 * @throws TickmarkError `INVALID_ARGUMENT`, `FRACTIONAL_SPLIT`: the account may then be half changed, so apply to a fork.
 */
export function applyEntry(account: Account, entry: BookingEntry): void {
  switch (entry.type) {
    case 'openingPosition':
      return applyOpeningPosition(account, entry);
    case 'openingCash':
      return applyOpeningCash(account, entry);
    case 'deposit':
    case 'withdrawal':
      return applyCashFlow(account, entry);
    case 'buy':
    case 'sell':
      return applyTrade(account, entry);
    case 'income':
      return applyIncome(account, entry);
    case 'fee':
    case 'tax':
      return applyCharge(account, entry);
    case 'conversion':
      return applyConversion(account, entry);
    case 'settlement':
      return applySettlement(account, entry);
    case 'split':
      return applySplit(account, entry);
    case 'spinOff':
      return applySpinOff(account, entry);
    case 'merger':
      return applyMerger(account, entry);
    case 'rename':
      return applyRename(account, entry);
    case 'returnOfCapital':
      return applyReturnOfCapital(account, entry);
    case 'transferIn':
      return applyTransferIn(account, entry);
    case 'transferOut':
      return applyTransferOut(account, entry);
  }
}
