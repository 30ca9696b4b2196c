import PQueue from 'p-queue';
import { BoundedCalls, type Clock } from '../../clock.js';
import { callBack } from '../../error-reporter.js';
import { TickmarkError, invalidArgument, quote, throwIfAborted } from '../../errors.js';
import type { EventBus } from '../../messaging/event-bus.js';
import type { PortfolioRepository } from '../portfolio-repository.js';
import type { Portfolio } from '../portfolio.js';
import { findHolders, loadPortfolios, savePortfolios } from '../repository-calls.js';
import { withAction } from './action-in-ledger.js';
import type { KnownActions } from './known-actions.js';
import { corporateActionEvent } from './corporate-action-event.js';
import {
  readCorporateAction,
  type CorporateAction,
  type CorporateActionInput,
  type CorporateActionRecord,
} from './corporate-action.js';
import { SIGNAL, checkOptions, type OptionShapes } from '../../options.js';

/** Progress of a corporate action. */
export interface CorporateActionProgress {
  /** Portfolios that have been looked at. */
  readonly done: number;
  /** Portfolios that hold the instrument, or may have held it at the ex-time. */
  readonly total: number;
}

/** Options of a corporate action. */
export interface CorporateActionOptions {
  /** Called after each set of portfolios. */
  readonly onProgress?: (progress: CorporateActionProgress) => void;
  /** Stops between two sets, with `ABORTED`; call again with the same action to finish. */
  readonly signal?: AbortSignal;
}

/** A portfolio in which a corporate action could not be booked. */
export interface RefusedAction {
  readonly portfolioId: string;
  /** Such as `FRACTIONAL_SPLIT`, `BOOKS_CLOSED`, or `ENTRY_CONFLICT` for an entry of the portfolio with the id of the action. */
  readonly error: unknown;
}

/** What became of a corporate action. */
export interface CorporateActionResult {
  /** As stored. */
  readonly action: CorporateAction;
  /** How many portfolios it was booked into by this call. */
  readonly booked: number;
  /** How many had it in their ledger already. */
  readonly alreadyBooked: number;
  /** Portfolios that held the instrument and into whose ledger it could not be entered. Mend them, and call again. */
  readonly refused: readonly RefusedAction[];
}

/** What {@link CorporateActionBooking} works with. */
export interface CorporateActionParts {
  readonly repository: PortfolioRepository;
  readonly bus: Pick<EventBus, 'publish'>;
  readonly clock: Clock;
  /** Actions that are stored. */
  readonly actions: KnownActions;
  /** Changes one portfolio that others change as well, and publishes it: see `HoldingsEditor.update`. */
  readonly update: (portfolioId: string, change: (portfolio: Portfolio) => Portfolio) => Promise<Portfolio>;
  /** Publishes portfolios that were saved. */
  readonly announce: (saved: readonly Portfolio[]) => Promise<unknown>;
  /** Called when the bus did not publish the action (`BUS_FAILED`): engines find it in the store. */
  readonly onError: (error: TickmarkError) => void;
}

const SET_SIZE = 500;
/** One set is loaded while another one is saved. */
const SETS_AT_A_TIME = 2;
const BUS_LIMIT_MS = 5_000;
/** What may be right for the portfolio as it is stored, with its whole ledger. */
const TO_BE_LOADED: readonly string[] = ['VERSION_CONFLICT', 'LEDGER_NOT_LOADED', 'ENTRY_CONFLICT'];

const SHAPES: OptionShapes<CorporateActionOptions> = { onProgress: 'function', ...SIGNAL };

/** Books a corporate action into the ledgers of all portfolios that held the instrument, a set at a time. */
export class CorporateActionBooking {
  readonly #parts: CorporateActionParts;
  readonly #options: CorporateActionOptions;
  readonly #refused: RefusedAction[] = [];
  #booked = 0;
  #alreadyBooked = 0;
  #done = 0;

  constructor(parts: CorporateActionParts, options: CorporateActionOptions) {
    checkOptions('corporateAction', options, SHAPES);
    this.#parts = parts;
    this.#options = options;
  }

  /**
   * Stores the action, so that all engines know it before any portfolio has it, then books it.
   * @throws TickmarkError as `MarkToMarket.corporateAction`.
   */
  async run(input: CorporateActionInput): Promise<CorporateActionResult> {
    const { repository, clock } = this.#parts;
    if (!repository.saveCorporateAction || !repository.corporateActions)
      throw invalidArgument(
        'corporateAction: repository',
        repository.constructor.name,
        'a repository that has saveCorporateAction() and corporateActions()',
      );
    const action = readCorporateAction(input, clock.now());
    throwIfAborted(this.#options.signal, `Corporate action ${quote(action.id)}`);
    // Before it is stored, so that no engine values a price from after it with units of before.
    await this.#publish(action, 0);
    const { action: stored } = await this.#save(action, false);
    await this.#parts.actions.refresh();
    // Those that became holders meanwhile, by a fill that is late, are found in the end.
    const done = new Set<string>();
    for (let isMore = true; isMore;) {
      const found = await findHolders(repository, stored.symbol, stored.at);
      const holders = found.filter((id) => !done.has(id));
      await this.#bookSets(stored, holders, done.size);
      for (const id of holders) done.add(id);
      isMore = holders.length > 0;
    }
    if (this.#refused.length === 0) await this.#save(stored, true);
    return {
      action: stored,
      booked: this.#booked,
      alreadyBooked: this.#alreadyBooked,
      refused: this.#refused,
    };
  }

  async #save(action: CorporateAction, isBooked: boolean): Promise<CorporateActionRecord> {
    const record = await this.#parts.repository.saveCorporateAction!(action, isBooked);
    await this.#publish(action, record.number);
    return record;
  }

  // Engines that hear nothing find the action in the store, so a failure of the bus must not end the booking.
  async #publish(action: CorporateAction, number: number): Promise<void> {
    const { bus, clock, onError } = this.#parts;
    const event = corporateActionEvent(action, number, clock.now());
    try {
      await new BoundedCalls(clock, BUS_LIMIT_MS).run('publish()', () => bus.publish(event));
    } catch (cause) {
      const message = `The bus did not publish corporate action ${quote(action.id)}.`;
      onError(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
    }
  }

  async #bookSets(action: CorporateAction, ids: readonly string[], before: number): Promise<void> {
    const { signal, onProgress } = this.#options;
    const queue = new PQueue({ concurrency: SETS_AT_A_TIME });
    const sets: Array<Promise<unknown>> = [];
    let hasFailed = false;
    for (let at = 0; at < ids.length; at += SET_SIZE) {
      const set = ids.slice(at, at + SET_SIZE);
      const book = async (): Promise<void> => {
        if (hasFailed) return;
        throwIfAborted(signal, `Corporate action ${quote(action.id)}`);
        await this.#bookSet(action, set);
        this.#done += set.length;
        callBack(
          'corporateAction: onProgress',
          () => onProgress?.({ done: this.#done, total: before + ids.length }),
          this.#parts.onError,
        );
      };
      const settled = queue.add(book).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
      // All are awaited below; a rejection before that must not end the process.
      settled.catch(() => undefined);
      sets.push(settled);
    }
    // Nothing runs in the background after a failure.
    const failed = (await Promise.allSettled(sets)).find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }

  async #bookSet(action: CorporateAction, ids: readonly string[]): Promise<void> {
    const { repository, announce } = this.#parts;
    const changed: Portfolio[] = [];
    const alone: string[] = [];
    for (const portfolio of await loadPortfolios(repository, ids)) {
      try {
        const booked = this.#entered(portfolio, action);
        if (booked !== portfolio) changed.push(booked);
        else if (portfolio.hasEntry(action.id)) this.#alreadyBooked++;
      } catch (error) {
        this.#setAside(portfolio.id, error, alone);
      }
    }
    const saved: Portfolio[] = [];
    for (const [at, result] of (await savePortfolios(repository, changed)).entries()) {
      if (result.outcome === 'saved') saved.push(result.portfolio);
      else this.#setAside(changed[at]!.id, result.error, alone);
    }
    this.#booked += saved.length;
    await announce(saved);
    for (const id of alone) await this.#bookAlone(action, id);
  }

  async #bookAlone(action: CorporateAction, portfolioId: string): Promise<void> {
    const { update } = this.#parts;
    try {
      let isNew = false;
      await update(portfolioId, (portfolio) => {
        const booked = this.#entered(portfolio, action);
        isNew = booked !== portfolio;
        return booked;
      });
      if (isNew) this.#booked++;
    } catch (error) {
      // A portfolio that is gone holds nothing.
      if (!isMissing(error)) this.#refuse(portfolioId, error);
    }
  }

  #entered(portfolio: Portfolio, action: CorporateAction): Portfolio {
    return this.#parts.actions.withLaterActions(portfolio, withAction(portfolio, action));
  }

  // What others changed meanwhile, and what needs the whole ledger, is done one by one.
  #setAside(portfolioId: string, error: unknown, alone: string[]): void {
    const { code } = (error ?? {}) as Partial<TickmarkError>;
    if (TO_BE_LOADED.includes(code!)) alone.push(portfolioId);
    else if (!isMissing(error)) this.#refuse(portfolioId, error);
  }

  #refuse(portfolioId: string, error: unknown): void {
    // A store that fails is no fault of the portfolio: the action is to be called again.
    if ((error as Partial<TickmarkError> | undefined)?.code === 'REPOSITORY_FAILED') throw error;
    this.#refused.push({ portfolioId, error });
  }
}

function isMissing(error: unknown): boolean {
  const { code } = (error ?? {}) as Partial<TickmarkError>;
  return code === 'PORTFOLIO_NOT_FOUND' || code === 'PORTFOLIO_DELETED';
}
