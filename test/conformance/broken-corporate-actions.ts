import type {
  CorporateAction,
  CorporateActionRecord,
} from '../../src/core/portfolio/corporate-actions/corporate-action.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';

class ForgetsThatItWasBooked extends InMemoryPortfolioRepository {
  override async corporateActions(after?: number): Promise<CorporateActionRecord[]> {
    return (await super.corporateActions(after)).map((record) => ({ ...record, isBooked: false }));
  }
}

/** Engines that have read an action do not learn that it was booked. */
class KeepsTheNumber extends InMemoryPortfolioRepository {
  readonly #numbers = new Map<string, number>();

  override async saveCorporateAction(
    action: CorporateAction,
    isBooked: boolean,
  ): Promise<CorporateActionRecord> {
    const record = await super.saveCorporateAction(action, isBooked);
    const number = this.#numbers.get(action.id) ?? record.number;
    this.#numbers.set(action.id, number);
    return { ...record, number };
  }
}

class OrdersActionsById extends InMemoryPortfolioRepository {
  override async corporateActions(after?: number): Promise<CorporateActionRecord[]> {
    return (await super.corporateActions(after)).sort((a, b) => (a.action.id < b.action.id ? -1 : 1));
  }
}

class ReturnsAllActions extends InMemoryPortfolioRepository {
  override corporateActions(): Promise<CorporateActionRecord[]> {
    return super.corporateActions();
  }
}

class TakesOtherContent extends InMemoryPortfolioRepository {
  override async saveCorporateAction(
    action: CorporateAction,
    isBooked: boolean,
  ): Promise<CorporateActionRecord> {
    const known = (await this.corporateActions()).find((record) => record.action.id === action.id);
    return super.saveCorporateAction(known?.action ?? action, isBooked);
  }
}

class ForgetsFormerHolders extends InMemoryPortfolioRepository {
  override findHolders(symbol: string): Promise<string[]> {
    return super.findHolders(symbol);
  }
}

class ReturnsAllTraders extends InMemoryPortfolioRepository {
  override findHolders(symbol: string, since?: number): Promise<string[]> {
    return super.findHolders(symbol, since === undefined ? undefined : 0);
  }
}

const FORMER_HOLDERS =
  'findHolders() with a time also returns those with an entry from then on that names the symbol';

/** Repositories that handle corporate actions wrongly, each with the rule that it breaks. */
export const BROKEN_CORPORATE_ACTIONS: readonly [new () => InMemoryPortfolioRepository, string][] = [
  [ForgetsThatItWasBooked, 'a corporate action loads as it was saved, also from elsewhere'],
  [KeepsTheNumber, 'an action that is saved again stays as it is, and one that is booked stays booked'],
  [OrdersActionsById, 'corporateActions() returns what has changed after a number, by number'],
  [ReturnsAllActions, 'corporateActions() returns what has changed after a number, by number'],
  [TakesOtherContent, 'the id of a corporate action with other content is refused'],
  [ForgetsFormerHolders, FORMER_HOLDERS],
  [ReturnsAllTraders, FORMER_HOLDERS],
];
