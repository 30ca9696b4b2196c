import { BoundedCalls, type Clock } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { ValuationRecord } from '../../core/portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../../core/portfolio/portfolio-valuation.js';
import type { PortfolioValuedBatch } from '../../core/engine/portfolio-valued-event.js';
import type { RefusalReason } from '../../protocol/server-messages.js';
import { topicOf } from '../../protocol/topic.js';
import { WholeTopic, type FollowedTopic } from './followed-topic.js';
import type { ValueSource } from '../gateway-options.js';
import { isPromise } from '../is-promise.js';
import { hasRows, portfolioJson, rowsJson, type KnownValue } from './portfolio-json.js';
import { PositionsTopic } from './positions-topic.js';

/** What a {@link PortfolioFeed} works with. */
export interface PortfolioFeedOptions {
  readonly values: ValueSource;
  readonly clock: Clock;
  /** How long a source with promises may take, ms. */
  readonly timeoutMs: number;
  /** Something may have changed: a refresh is due. */
  readonly onChanged: () => void;
  /** A topic whose portfolio is no longer there. */
  readonly onTopicRemoved: (topic: FollowedTopic) => void;
  readonly onError: (error: TickmarkError) => void;
}

type Loaded = PortfolioValuation | ValuationRecord | null;

/** Where a new value of a portfolio is to be found: a row of a batch, or a value that was loaded. */
type IncomingValue =
  { readonly batch: PortfolioValuedBatch; readonly row: number } | PortfolioValuation | ValuationRecord;

/** A portfolio that somebody follows, with or without rows. */
class FollowedPortfolio {
  readonly id: string;
  totals: WholeTopic | undefined;
  positions: PositionsTopic | undefined;
  /** What came since the last refresh. */
  incoming: IncomingValue | undefined;
  /** Rows that were loaded since the last refresh, from a source with promises. */
  rows: PortfolioValuation | undefined;
  /** Newer rows have to be loaded. */
  needsRows = false;
  loading: Promise<Loaded> | undefined;
  /** The bus had something since loading began, which is newer than what is loaded. */
  isOvertaken = false;
  isRemoved = false;
  /** It may have changed while it had no reader. */
  isBehind = false;
  /** When it was last brought up to date, on the monotonic clock. */
  refreshedAt = 0;

  constructor(id: string) {
    this.id = id;
  }

  get topics(): FollowedTopic[] {
    return [this.totals, this.positions].filter((topic) => topic !== undefined);
  }
}

/** Values of the portfolios that are followed: asked for where the source answers at once, taken from the bus where not. */
export class PortfolioFeed {
  readonly #options: PortfolioFeedOptions;
  readonly #calls: BoundedCalls;
  readonly #followed = new Map<string, FollowedPortfolio>();
  readonly #marked = new Set<FollowedPortfolio>();
  /** Whether the source answers with promises; known once it was asked. */
  #isRemote = false;

  constructor(options: PortfolioFeedOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, options.timeoutMs);
  }

  /** The topic of a portfolio, followed from now on; or why not. */
  async follow(
    kind: 'portfolio' | 'positions',
    id: string,
    nextOffset: () => number,
  ): Promise<FollowedTopic | RefusalReason> {
    const known = this.#topic(kind, this.#followed.get(id));
    if (known) return known;
    let portfolio = this.#followed.get(id);
    // From now on, so that what the bus says while it is being loaded is not missed.
    if (!portfolio) this.#followed.set(id, (portfolio = new FollowedPortfolio(id)));
    const outcome = await this.#begin(portfolio, kind, nextOffset);
    this.#drop(portfolio);
    return outcome;
  }

  /** Follows a topic no longer. */
  forget(topic: FollowedTopic, id: string): void {
    const portfolio = this.#followed.get(id);
    if (!portfolio) return;
    if (portfolio.totals === topic) portfolio.totals = undefined;
    if (portfolio.positions === topic) portfolio.positions = undefined;
    this.#drop(portfolio);
  }

  /** Takes values from the bus. */
  take(batch: PortfolioValuedBatch): void {
    const { portfolios } = batch;
    if (this.#followed.size === 0) return;
    for (let row = 0; row < portfolios.length; row++) {
      const portfolio = this.#followed.get(portfolios[row]!.id);
      if (!portfolio) continue;
      portfolio.incoming = { batch, row };
      portfolio.isOvertaken = true;
      portfolio.needsRows = this.#isRemote;
      if (portfolio.topics.length > 0) this.#marked.add(portfolio);
    }
    if (this.#marked.size > 0) this.#options.onChanged();
  }

  /** A portfolio was deleted. */
  remove(id: string): void {
    const portfolio = this.#followed.get(id);
    if (portfolio) this.#removed(portfolio);
  }

  /** Reads everything again: something may have been missed. */
  reload(): void {
    for (const portfolio of this.#followed.values()) {
      if (this.#isRemote) void this.#load(portfolio);
      else this.#marked.add(portfolio);
    }
    if (this.#marked.size > 0) this.#options.onChanged();
  }

  /** Looks again at what was not for so long: grades change with age alone. Only where the source answers at once. */
  markOlderThan(olderThanMs: number): void {
    if (this.#isRemote) return;
    const before = this.#options.clock.monotonic() - olderThanMs;
    for (const portfolio of this.#followed.values()) {
      if (portfolio.refreshedAt <= before) this.#marked.add(portfolio);
    }
    if (this.#marked.size > 0) this.#options.onChanged();
  }

  /** Brings what is marked up to date; gives the topics that have changed. Those without a reader wait until they have one. */
  *refresh(offset: number): Iterable<FollowedTopic> {
    const marked = [...this.#marked];
    this.#marked.clear();
    for (const portfolio of marked) {
      if (portfolio.topics.every(({ holds }) => holds === 0)) portfolio.isBehind = true;
      else yield* this.#update(portfolio, offset);
    }
  }

  /** Brings a portfolio up to date that had no reader. */
  wake(id: string, nextOffset: () => number): void {
    const portfolio = this.#followed.get(id);
    if (!portfolio?.isBehind) return;
    portfolio.isBehind = false;
    const changed = this.#update(portfolio, nextOffset());
    for (const _ of changed) continue;
  }

  /** Waits for no answer any longer. */
  stop(): void {
    this.#calls.abandon(new TickmarkError('CLOSED', 'This Gateway is closed.'));
  }

  *#update(portfolio: FollowedPortfolio, offset: number): Iterable<FollowedTopic> {
    portfolio.refreshedAt = this.#options.clock.monotonic();
    const value = this.#newest(portfolio);
    const { rows } = portfolio;
    portfolio.incoming = portfolio.rows = undefined;
    if (value === null) this.#removed(portfolio);
    else yield* this.#set(portfolio, value, rows, offset);
  }

  async #begin(
    portfolio: FollowedPortfolio,
    kind: 'portfolio' | 'positions',
    nextOffset: () => number,
  ): Promise<FollowedTopic | RefusalReason> {
    let value: KnownValue | null;
    try {
      value = await this.#load(portfolio);
    } catch {
      return 'busy';
    }
    const known = this.#topic(kind, portfolio);
    if (known) return known;
    if (value === null || portfolio.isRemoved) return 'denied';
    if (kind === 'positions' && !hasRows(value)) return 'unsupported';
    // What came meanwhile is newer than an answer that took its time.
    const incoming = this.#isRemote && kind === 'portfolio' ? valueOf(portfolio.incoming) : undefined;
    const [body, rest] = portfolioJson(incoming ?? value);
    if (kind === 'portfolio') {
      portfolio.totals = new WholeTopic(kind, topicOf(kind, portfolio.id));
      portfolio.totals.set(body, rest, nextOffset());
    } else {
      portfolio.positions = new PositionsTopic(portfolio.id);
      portfolio.positions.set(body, rest, rowsJson(value as PortfolioValuation), nextOffset());
    }
    // The other topic of the same portfolio may be of an earlier moment, and rows older than what the bus had meanwhile.
    if (portfolio.incoming || (portfolio.topics.length > 1 && !this.#isRemote)) {
      this.#marked.add(portfolio);
      this.#options.onChanged();
    }
    return this.#topic(kind, portfolio)!;
  }

  #topic(kind: string, portfolio: FollowedPortfolio | undefined): FollowedTopic | undefined {
    return kind === 'portfolio' ? portfolio?.totals : portfolio?.positions;
  }

  /** What a marked portfolio is worth: `undefined` where that is not known yet, `null` where it is gone. */
  #newest(portfolio: FollowedPortfolio): KnownValue | null | undefined {
    const incoming = valueOf(portfolio.incoming);
    if (incoming && hasRows(incoming)) return incoming;
    if (this.#isRemote) {
      if (portfolio.needsRows && portfolio.positions && !portfolio.loading) void this.#load(portfolio);
      return incoming;
    }
    try {
      const value = this.#options.values.value(portfolio.id);
      if (!isPromise(value)) return value;
      this.#isRemote = true;
      value.catch(() => undefined);
      return incoming;
    } catch (cause) {
      this.#failed(cause);
      // To be looked at again as soon as that is done for any.
      portfolio.refreshedAt = -Infinity;
      return undefined;
    }
  }

  *#set(
    { totals, positions }: FollowedPortfolio,
    value: KnownValue | undefined,
    loaded: PortfolioValuation | undefined,
    offset: number,
  ): Iterable<FollowedTopic> {
    if (value && totals?.set(...portfolioJson(value), offset)) yield totals;
    const valuation = value && hasRows(value) ? value : loaded;
    if (!positions || !valuation) return;
    if (positions.set(...portfolioJson(valuation), rowsJson(valuation), offset)) yield positions;
  }

  // One call at a time for a portfolio; whoever comes meanwhile shares it.
  #load(portfolio: FollowedPortfolio): Promise<Loaded> {
    portfolio.loading ??= this.#ask(portfolio).finally(() => (portfolio.loading = undefined));
    portfolio.loading.catch(() => undefined);
    return portfolio.loading;
  }

  async #ask(portfolio: FollowedPortfolio): Promise<Loaded> {
    portfolio.isOvertaken = portfolio.needsRows = false;
    try {
      const answer = this.#options.values.value(portfolio.id);
      if (!isPromise(answer)) return answer;
      this.#isRemote = true;
      const value = await this.#calls.run('Reading a value', () => answer);
      if (value === null) this.#removed(portfolio);
      else if (portfolio.topics.length > 0) this.#loaded(portfolio, value);
      return value;
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  #loaded(portfolio: FollowedPortfolio, value: PortfolioValuation | ValuationRecord): void {
    if (hasRows(value)) portfolio.rows = value;
    if (!portfolio.isOvertaken) portfolio.incoming = value;
    this.#marked.add(portfolio);
    this.#options.onChanged();
  }

  /** Forgets a portfolio that nobody needs. */
  #drop(portfolio: FollowedPortfolio): void {
    if (portfolio.topics.length > 0 || portfolio.loading) return;
    if (this.#followed.get(portfolio.id) === portfolio) this.#followed.delete(portfolio.id);
    this.#marked.delete(portfolio);
  }

  #removed(portfolio: FollowedPortfolio): void {
    portfolio.isRemoved = true;
    this.#marked.delete(portfolio);
    if (this.#followed.get(portfolio.id) === portfolio) this.#followed.delete(portfolio.id);
    for (const topic of portfolio.topics) {
      topic.isRemoved = true;
      this.#options.onTopicRemoved(topic);
    }
    portfolio.totals = portfolio.positions = undefined;
  }

  #failed(cause: unknown): TickmarkError {
    const error = new TickmarkError('HANDLER_FAILED', 'The source of values failed.', {
      cause,
      retryable: true,
    });
    this.#options.onError(error);
    return error;
  }
}

function valueOf(incoming: IncomingValue | undefined): KnownValue | undefined {
  if (!incoming || !('batch' in incoming)) return incoming;
  const event = incoming.batch.at(incoming.row);
  return event.valuation ?? event;
}
