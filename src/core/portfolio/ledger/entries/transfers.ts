import { invalidArgument } from '../../../errors.js';
import { Decimal } from '../../../money/decimal.js';
import type { Account } from '../account.js';
import { minus, plus } from '../known-sum.js';
import type { TransferIn, TransferOut } from '../ledger-entry.js';

/** Units from another account count as a contribution at their fair value. */
export function applyTransferIn(account: Account, entry: TransferIn): void {
  const where = account.where(entry);
  const holding = account.holdingToOpen(entry.symbol, entry.currency);
  const { instrument } = holding;
  const currency = instrument.settlementCurrency;
  if (holding.quantity.sign === -entry.quantity.sign)
    throw invalidArgument(
      `${where}: quantity`,
      entry.quantity.toString(),
      `units on the side of the ${holding.quantity} that are held`,
    );
  const worth = entry.price && instrument.worth(entry.quantity, entry.price, `${where}: price`);
  const { isFutures } = instrument;
  if (isFutures && !worth)
    throw invalidArgument(`${where}: price`, undefined, 'a price: futures are settled at it');
  // Futures: what was gained before has been paid elsewhere.
  const entryWorth = isFutures ? (entry.cost ?? worth!) : entry.cost;
  const cost = isFutures ? entryWorth!.minus(worth!) : entry.cost;
  const fixed = account.fixedRate(currency);
  const baseCost = entry.baseCost !== undefined ? entry.baseCost : fixed && cost && cost.times(fixed);
  const fair = isFutures ? Decimal.ZERO : (worth ?? null);
  const fairBase = fair && account.inBase(entry, fair, currency);
  holding.note({ at: entry.at, cash: fairBase && fairBase.negated() });
  account.netContributions = plus(account.netContributions, fairBase);
  account.gainedElsewhere = plus(account.gainedElsewhere, fairBase && baseCost && fairBase.minus(baseCost));
  holding.add(
    {
      id: entry.id,
      acquiredAt: entry.acquiredAt ?? entry.at,
      quantity: entry.quantity,
      cost,
      baseCost,
      entryWorth,
      settledWorth: isFutures ? worth! : Decimal.ZERO,
    },
    account.costMethod,
  );
}

/** Units to another account count as a withdrawal at their fair value; nothing is realized. */
export function applyTransferOut(account: Account, entry: TransferOut): void {
  const where = account.where(entry);
  const holding = account.openHolding(entry.symbol, where);
  if (entry.quantity.compare(holding.quantity.abs()) > 0)
    throw invalidArgument(
      `${where}: quantity`,
      entry.quantity.toString(),
      `at most the ${holding.quantity.abs()} units that are held`,
    );
  const { instrument } = holding;
  const signed = holding.quantity.sign < 0 ? entry.quantity.negated() : entry.quantity;
  const before = { quantity: holding.quantity, settledWorth: holding.settledWorth };
  const lots = holding.take(entry.quantity, account.costMethod);
  const settled = lots.reduce((sum, { settledWorth }) => sum.plus(settledWorth), Decimal.ZERO);
  const fair = instrument.worth(signed, entry.price, `${where}: price`).minus(settled);
  const fairBase = account.inBase(entry, fair, instrument.settlementCurrency);
  holding.note({ at: entry.at, cash: fairBase }, before);
  account.netContributions = minus(account.netContributions, fairBase);
  for (const { baseCost } of lots) account.gainedElsewhere = plus(account.gainedElsewhere, baseCost);
  account.gainedElsewhere = minus(account.gainedElsewhere, fairBase);
}
