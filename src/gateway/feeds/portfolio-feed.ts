import type { Clock } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import type { PortfolioValuedBatch } from '../../core/engine/portfolio-valued-event.js';
import type { PortfolioValuation } from '../../core/portfolio/figures/portfolio-valuation.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import type { RefusalReason } from '../../protocol/server-messages.js';
import type { ValueSource } from '../value-source.js';
import { isPromise } from '../is-promise.js';
import { FollowedPortfolio, type LoadedValue, type PortfolioTopicKind } from './followed-portfolio.js';
import type { FollowedTopic } from './followed-topic.js';
import { hasRows, type KnownValue } from './portfolio-json.js';
import { ValueLoader } from './value-loader.js';

/** What a {@link PortfolioFeed} works with. */
export interface PortfolioFeedOptions {
  readonly values: ValueSource;
  /** Has the values of a portfolio published. @returns A function that ends that. */
  readonly follow: (portfolioId: string) => Unsubscribe;
  readonly clock: Clock;
  /** How long a source with promises may take, ms. */
  readonly timeoutMs: number;
  /** Something may have changed: a refresh is due. */
  readonly onChanged: () => void;
  /** The portfolio of a topic no longer exists. */
  readonly onTopicRemoved: (topic: FollowedTopic) => void;
  readonly onError: (error: TickmarkError) => void;
}

/** Values of the followed portfolios: read from the source if it returns them at once, else taken from the bus. */
export class PortfolioFeed {
  readonly #options: PortfolioFeedOptions;
  readonly #loader: ValueLoader;
  readonly #followed = new Map<string, FollowedPortfolio>();
  readonly #unfollow = new Map<FollowedPortfolio, Unsubscribe>();
  /** Those that may have changed since the last refresh. */
  readonly #marked = new Set<FollowedPortfolio>();

  constructor(options: PortfolioFeedOptions) {
    this.#options = options;
    this.#loader = new ValueLoader(options);
  }

  /** The topic of a portfolio, followed from now on; or why not. */
  async follow(
    kind: PortfolioTopicKind,
    id: string,
    nextOffset: () => number,
  ): Promise<FollowedTopic | RefusalReason> {
    let portfolio = this.#followed.get(id);
    const known = portfolio?.topic(kind);
    if (known) return known;
    // From now on, so that nothing is missed that arrives on the bus while the portfolio is being loaded.
    portfolio ??= this.#add(id);
    const outcome = await this.#begin(portfolio, kind, nextOffset);
    this.#drop(portfolio);
    return outcome;
  }

  /** Follows a topic no longer. */
  forget(topic: FollowedTopic, id: string): void {
    const portfolio = this.#followed.get(id);
    if (!portfolio) return;
    portfolio.forget(topic);
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
      portfolio.needsRows = this.#loader.isRemote;
      if (portfolio.topics.length > 0) this.#marked.add(portfolio);
    }
    this.#requestRefresh();
  }

  /** A portfolio was deleted. */
  remove(id: string): void {
    const portfolio = this.#followed.get(id);
    if (portfolio) this.#removed(portfolio);
  }

  /** Reads everything again: something may have been missed. */
  reload(): void {
    for (const portfolio of this.#followed.values()) {
      if (this.#loader.isRemote) void this.#load(portfolio);
      else this.#marked.add(portfolio);
    }
    this.#requestRefresh();
  }

  /** Reads values again that are older, because grades change with age alone. Only if the source returns values at once. */
  markOlderThan(olderThanMs: number): void {
    if (this.#loader.isRemote) return;
    const before = this.#options.clock.monotonic() - olderThanMs;
    for (const portfolio of this.#followed.values()) {
      if (portfolio.refreshedAt <= before) this.#marked.add(portfolio);
    }
    this.#requestRefresh();
  }

  /** Brings marked portfolios up to date. @returns The topics that have changed. Those without a reader wait until they have one. */
  *refresh(offset: number): Iterable<FollowedTopic> {
    const marked = [...this.#marked];
    this.#marked.clear();
    for (const portfolio of marked) {
      if (portfolio.topics.every(({ holds }) => holds === 0)) portfolio.isBehind = true;
      else yield* this.#update(portfolio, offset);
    }
  }

  /** Brings a portfolio up to date, after it had no reader. */
  wake(id: string, nextOffset: () => number): void {
    const portfolio = this.#followed.get(id);
    if (!portfolio?.isBehind) return;
    portfolio.isBehind = false;
    const changed = this.#update(portfolio, nextOffset());
    for (const _ of changed) continue;
  }

  /** Waits for no answer of the source any longer. */
  stop(): void {
    this.#loader.stop();
  }

  #requestRefresh(): void {
    if (this.#marked.size > 0) this.#options.onChanged();
  }

  *#update(portfolio: FollowedPortfolio, offset: number): Iterable<FollowedTopic> {
    portfolio.refreshedAt = this.#options.clock.monotonic();
    const value = this.#newest(portfolio);
    const { rows } = portfolio;
    portfolio.incoming = portfolio.rows = undefined;
    if (value === null) this.#removed(portfolio);
    else yield* portfolio.update(value, rows, offset);
  }

  async #begin(
    portfolio: FollowedPortfolio,
    kind: PortfolioTopicKind,
    nextOffset: () => number,
  ): Promise<FollowedTopic | RefusalReason> {
    let value: LoadedValue;
    try {
      value = await this.#load(portfolio);
    } catch {
      return 'busy';
    }
    const known = portfolio.topic(kind);
    if (known) return known;
    if (value === null || portfolio.isRemoved) return 'denied';
    if (kind === 'positions' && !hasRows(value)) return 'unsupported';
    const topic =
      kind === 'positions'
        ? portfolio.followPositions(value as PortfolioValuation, nextOffset())
        : portfolio.followTotals(this.#newerThan(value, portfolio), nextOffset());
    // The other topic of the same portfolio may be of an earlier moment, and rows older than what has arrived on the bus meanwhile.
    if (portfolio.incoming || (portfolio.topics.length > 1 && !this.#loader.isRemote)) {
      this.#marked.add(portfolio);
      this.#options.onChanged();
    }
    return topic;
  }

  /** A loaded value, or what has arrived on the bus while it was being loaded, which is newer. */
  #newerThan(value: KnownValue, portfolio: FollowedPortfolio): KnownValue {
    return (this.#loader.isRemote ? portfolio.incomingValue() : undefined) ?? value;
  }

  /** The newest value of a marked portfolio: `undefined` if it is not known yet, `null` if the portfolio does not exist. */
  #newest(portfolio: FollowedPortfolio): KnownValue | null | undefined {
    const incoming = portfolio.incomingValue();
    if (incoming && hasRows(incoming)) return incoming;
    if (this.#loader.isRemote) {
      if (portfolio.needsRows && portfolio.hasPositions && !portfolio.loading) void this.#load(portfolio);
      return incoming;
    }
    try {
      const value = this.#loader.read(portfolio.id);
      return this.#loader.isRemote ? incoming : value;
    } catch {
      // To be read again at the next chance.
      portfolio.refreshedAt = -Infinity;
      return undefined;
    }
  }

  // One call at a time for a portfolio; others that need its value meanwhile share it.
  #load(portfolio: FollowedPortfolio): Promise<LoadedValue> {
    portfolio.loading ??= this.#ask(portfolio).finally(() => (portfolio.loading = undefined));
    portfolio.loading.catch(() => undefined);
    return portfolio.loading;
  }

  async #ask(portfolio: FollowedPortfolio): Promise<LoadedValue> {
    portfolio.isOvertaken = portfolio.needsRows = false;
    const answer = this.#loader.load(portfolio.id);
    if (!isPromise(answer)) return answer;
    const value = await answer;
    if (value === null) this.#removed(portfolio);
    else if (portfolio.topics.length > 0) this.#loaded(portfolio, value);
    return value;
  }

  #loaded(portfolio: FollowedPortfolio, value: NonNullable<LoadedValue>): void {
    if (hasRows(value)) portfolio.rows = value;
    if (!portfolio.isOvertaken) portfolio.incoming = value;
    this.#marked.add(portfolio);
    this.#options.onChanged();
  }

  #add(id: string): FollowedPortfolio {
    const portfolio = new FollowedPortfolio(id);
    this.#followed.set(id, portfolio);
    this.#unfollow.set(portfolio, this.#options.follow(id));
    return portfolio;
  }

  #delete(portfolio: FollowedPortfolio): void {
    this.#marked.delete(portfolio);
    if (this.#followed.get(portfolio.id) === portfolio) this.#followed.delete(portfolio.id);
    this.#unfollow.get(portfolio)?.();
    this.#unfollow.delete(portfolio);
  }

  /** Forgets a portfolio that nobody needs. */
  #drop(portfolio: FollowedPortfolio): void {
    if (portfolio.topics.length > 0 || portfolio.loading) return;
    this.#delete(portfolio);
  }

  #removed(portfolio: FollowedPortfolio): void {
    this.#delete(portfolio);
    for (const topic of portfolio.remove()) this.#options.onTopicRemoved(topic);
  }
}
