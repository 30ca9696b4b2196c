import { TickmarkError, quote } from '../../../errors.js';
import { Decimal } from '../../../money/decimal.js';
import type { Account } from '../account.js';
import { minus, plus } from '../known-sum.js';
import type { OpeningCash, OpeningPosition } from '../ledger-entry.js';

/** Sets a position; what it costs more, or less, than the one before counts as a contribution. */
export function applyOpeningPosition(account: Account, entry: OpeningPosition): void {
  const known = account.holdings.get(entry.symbol);
  if (entry.quantity.isZero && !known) return;
  const holding = account.holding(entry.symbol, entry.currency);
  const before = holding.baseCost;
  holding.note({ at: entry.at, cash: Decimal.ZERO });
  holding.lots = [];
  holding.quantity = Decimal.ZERO;
  if (!entry.quantity.isZero) {
    const { instrument } = account.holdingToOpen(entry.symbol, entry.currency);
    const { isFutures } = instrument;
    const worth =
      entry.price &&
      instrument.worth(entry.quantity, entry.price, account.whereOfPrice(entry, 'price', instrument));
    if (isFutures && !worth)
      throw new TickmarkError(
        'INVALID_ARGUMENT',
        `${account.where(entry)}: price is missing: ${quote(entry.symbol)} is valued as futures, from its average entry price.`,
      );
    const cost = isFutures ? Decimal.ZERO : entry.cost === undefined ? (worth ?? null) : entry.cost;
    const fixed = isFutures ? Decimal.ONE : account.fixedRate(instrument.settlementCurrency);
    holding.add(
      {
        id: entry.id,
        acquiredAt: entry.acquiredAt ?? entry.at,
        quantity: entry.quantity,
        cost,
        baseCost:
          !isFutures && entry.baseCost !== undefined ? entry.baseCost : fixed && cost && cost.times(fixed),
        entryWorth: worth ?? cost,
        settledWorth: isFutures ? worth! : Decimal.ZERO,
      },
      account.costMethod,
    );
  }
  const { baseCost } = holding;
  account.netContributions = minus(plus(account.netContributions, baseCost), before);
  // For day P&L, too, what is put in counts at its cost.
  const last = holding.events.length - 1;
  holding.events[last] = { ...holding.events[last]!, cash: before && baseCost && before.minus(baseCost) };
  const { realizedPnl } = entry;
  if (!realizedPnl) return;
  const base = account.inBase(entry, realizedPnl, holding.instrument.settlementCurrency);
  holding.realizedLocal = plus(holding.realizedLocal, realizedPnl);
  holding.realized = plus(holding.realized, base);
  account.netContributions = minus(account.netContributions, base);
}

/** Cash that the ledger begins with. */
export function applyOpeningCash(account: Account, entry: OpeningCash): void {
  const base = account.inBase(entry, entry.amount, entry.currency);
  account.netContributions = plus(account.netContributions, base);
  account.moveCash(entry, entry.amount, entry.currency, base);
}
