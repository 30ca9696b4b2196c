import { TickmarkError, quote } from '../../errors.js';
import { errorText } from '../../error-text.js';
import type { PortfolioRepository } from '../portfolio-repository.js';
import type { Portfolio } from '../portfolio.js';
import { isAdjustment } from '../ledger/effective-entries.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';
import { withAction } from './action-in-ledger.js';
import type { CorporateAction, CorporateActionRecord } from './corporate-action.js';

/** Options of {@link KnownActions}. */
export interface KnownActionsOptions {
  readonly repository: Pick<PortfolioRepository, 'load' | 'corporateActions'>;
  /** Called once for each portfolio into whose ledger an action cannot be entered: its value is wrong until that is mended. */
  readonly onError: (error: TickmarkError) => void;
  /** Called with actions that were not known, before the {@link KnownActions.refresh} that has read them resolves. */
  readonly onNew?: (actions: readonly CorporateAction[]) => void;
}

/**
 * The corporate actions of a store, as far as they have been read. An action is stored before it is booked anywhere; until it is booked
 * everywhere, {@link complete} enters it into portfolios as they are loaded, so that all of them are on one side of it.
 */
export class KnownActions {
  readonly #repository: KnownActionsOptions['repository'];
  readonly #onError: (error: TickmarkError) => void;
  readonly #onNew: (actions: readonly CorporateAction[]) => void;
  readonly #records = new Map<string, CorporateActionRecord>();
  /** By symbol; those that are not booked everywhere. */
  readonly #open = new Map<string, CorporateAction[]>();
  /** By symbol; all. */
  readonly #bySymbol = new Map<string, CorporateAction[]>();
  readonly #reported = new Set<string>();
  #number = 0;

  constructor({ repository, onError, onNew = () => undefined }: KnownActionsOptions) {
    this.#repository = repository;
    this.#onError = onError;
    this.#onNew = onNew;
  }

  /** All that are known. */
  get all(): readonly CorporateAction[] {
    return [...this.#records.values()].map(({ action }) => action);
  }

  /** Rises with what is read. */
  get number(): number {
    return this.#number;
  }

  /** Whether an action has been read. */
  has(id: string): boolean {
    return this.#records.has(id);
  }

  /**
   * Reads what has been stored since the last call. Calls do not wait for each other, since one may never be answered.
   * @throws what the repository throws.
   */
  async refresh(): Promise<void> {
    const records = (await this.#repository.corporateActions?.(this.#number)) ?? [];
    const fresh = records.flatMap((record) => {
      const known = this.#records.get(record.action.id);
      // An answer that comes late is old.
      if (known && known.number >= record.number) return [];
      this.#take(record);
      return known ? [] : record.action;
    });
    if (fresh.length > 0) this.#onNew(fresh);
  }

  /** Enters what is not booked everywhere into the ledgers that lack it. The portfolios keep their order and versions. */
  async complete(portfolios: readonly Portfolio[]): Promise<readonly Portfolio[]> {
    if (this.#open.size === 0) return portfolios;
    const completed: Portfolio[] = [];
    for (const portfolio of portfolios) {
      const lacking = actionsOf(portfolio, this.#open);
      completed.push(lacking.length === 0 ? portfolio : await this.#completeOne(portfolio, lacking));
    }
    return completed;
  }

  /**
   * Enters actions that a portfolio lacks because it held nothing at their time before it was changed: by an entry that is late, a cancellation, a
   * correction, or another action.
   * @param before The portfolio as it was loaded.
   * @throws TickmarkError as `Portfolio.apply`.
   */
  withLaterActions(before: Portfolio, changed: Portfolio): Portfolio {
    if (this.#bySymbol.size === 0 || changed === before) return changed;
    const since = earliestOf(changed.entriesSince(before));
    let completed = changed;
    // An action may bring units of a symbol that has later actions.
    for (let last: Portfolio | null = null; last !== completed;) {
      last = completed;
      const later = actionsOf(completed, this.#bySymbol).filter(({ at }) => at >= since);
      completed = later.reduce(withAction, completed);
    }
    return completed;
  }

  async #completeOne(portfolio: Portfolio, actions: readonly CorporateAction[]): Promise<Portfolio> {
    let completed = portfolio;
    for (const action of actions) {
      try {
        completed = withAction(completed, action);
      } catch (cause) {
        // An action that is late needs the whole ledger.
        const whole = completed.isLedgerLoaded
          ? null
          : await this.#repository.load(portfolio.id, { ledger: 'whole' });
        if (whole) return this.#completeOne(whole, actions);
        this.#report(portfolio.id, action, cause);
      }
    }
    return completed;
  }

  #report(portfolioId: string, { id }: CorporateAction, cause: unknown): void {
    const key = JSON.stringify([portfolioId, id]);
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    const message = `Corporate action ${quote(id)} cannot be entered into portfolio ${quote(portfolioId)}: ${errorText(cause)}`;
    this.#onError(new TickmarkError('INVALID_ARGUMENT', message, { cause }));
  }

  #take(record: CorporateActionRecord): void {
    const { number, action, isBooked } = record;
    this.#number = Math.max(this.#number, number);
    if (!this.#records.has(action.id)) add(this.#bySymbol, action);
    this.#records.set(action.id, record);
    const others = (this.#open.get(action.symbol) ?? []).filter(({ id }) => id !== action.id);
    this.#open.set(action.symbol, others);
    if (!isBooked) add(this.#open, action);
    else if (others.length === 0) this.#open.delete(action.symbol);
  }
}

function add(bySymbol: Map<string, CorporateAction[]>, action: CorporateAction): void {
  bySymbol.set(action.symbol, [...(bySymbol.get(action.symbol) ?? []), action]);
}

function actionsOf(
  { account }: Portfolio,
  bySymbol: ReadonlyMap<string, readonly CorporateAction[]>,
): CorporateAction[] {
  const found: CorporateAction[] = [];
  for (const symbol of account.holdings.keys()) found.push(...(bySymbol.get(symbol) ?? []));
  return found.sort((a, b) => a.at - b.at);
}

// From when on new entries may change what was held, ms since 1970.
function earliestOf(entries: readonly LedgerEntry[]): number {
  return entries.reduce(
    (earliest, entry) => Math.min(earliest, isAdjustment(entry) ? -Infinity : entry.at),
    Infinity,
  );
}
