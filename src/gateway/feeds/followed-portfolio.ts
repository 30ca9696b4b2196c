import type { PortfolioValuedBatch } from '../../core/engine/portfolio-valued-event.js';
import type { ValuationRecord } from '../../core/portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../../core/portfolio/figures/portfolio-valuation.js';
import { topicOf } from '../../protocol/topic.js';
import { WholeTopic, type FollowedTopic } from './followed-topic.js';
import { hasRows, portfolioJson, type KnownValue } from './portfolio-json.js';
import { positionsJson } from './positions-json.js';
import { PositionsTopic } from './positions-topic.js';

/** What the source of values returns. */
export type LoadedValue = PortfolioValuation | ValuationRecord | null;

/** Where a new value of a portfolio is: in a row of a batch of the bus, or loaded from the source. */
export type IncomingValue =
  { readonly batch: PortfolioValuedBatch; readonly row: number } | PortfolioValuation | ValuationRecord;

/** Kinds of topics of a portfolio. */
export type PortfolioTopicKind = 'portfolio' | 'positions';

/** A portfolio with a topic for its totals, for its rows, or for both. */
export class FollowedPortfolio {
  readonly id: string;
  /** The newest value since the last refresh. */
  incoming: IncomingValue | undefined;
  /** Rows that were loaded since the last refresh, from a source that returns promises. */
  rows: PortfolioValuation | undefined;
  /** Newer rows have to be loaded. */
  needsRows = false;
  loading: Promise<LoadedValue> | undefined;
  /** Since loading began, the bus has brought a value, which is newer than the loaded one. */
  isOvertaken = false;
  isRemoved = false;
  /** It may have changed while it had no reader. */
  isBehind = false;
  /** When it was last brought up to date, on the monotonic clock. */
  refreshedAt = 0;
  #totals: WholeTopic | undefined;
  #positions: PositionsTopic | undefined;

  constructor(id: string) {
    this.id = id;
  }

  /** Its topics. */
  get topics(): FollowedTopic[] {
    return [this.#totals, this.#positions].filter((topic) => topic !== undefined);
  }

  /** Whether rows are followed. */
  get hasPositions(): boolean {
    return this.#positions !== undefined;
  }

  /** Its topic of a kind, if it is followed. */
  topic(kind: PortfolioTopicKind): FollowedTopic | undefined {
    return kind === 'portfolio' ? this.#totals : this.#positions;
  }

  /** Follows the totals from now on. */
  followTotals(value: KnownValue, offset: number): FollowedTopic {
    this.#totals = new WholeTopic('portfolio', topicOf('portfolio', this.id));
    this.#totals.set(...portfolioJson(value), offset);
    return this.#totals;
  }

  /** Follows the rows from now on. */
  followPositions(value: PortfolioValuation, offset: number): FollowedTopic {
    this.#positions = new PositionsTopic(this.id);
    this.#positions.set(...portfolioJson(value), positionsJson(value), offset);
    return this.#positions;
  }

  /** Follows a topic no longer. */
  forget(topic: FollowedTopic): void {
    if (this.#totals === topic) this.#totals = undefined;
    if (this.#positions === topic) this.#positions = undefined;
  }

  /** Follows nothing any longer: the portfolio does not exist. @returns The topics that were followed. */
  remove(): FollowedTopic[] {
    const { topics } = this;
    this.isRemoved = true;
    for (const topic of topics) topic.isRemoved = true;
    this.#totals = this.#positions = undefined;
    return topics;
  }

  /** The newest value since the last refresh, if there is one. */
  incomingValue(): KnownValue | undefined {
    const { incoming } = this;
    if (!incoming || !('batch' in incoming)) return incoming;
    const event = incoming.batch.at(incoming.row);
    return event.valuation ?? event;
  }

  /**
   * Brings its topics up to date. @returns The ones that have changed.
   * @param value The newest value, with or without rows.
   * @param loaded Rows that were loaded on their own.
   */
  *update(
    value: KnownValue | undefined,
    loaded: PortfolioValuation | undefined,
    offset: number,
  ): Iterable<FollowedTopic> {
    const totals = this.#totals;
    const positions = this.#positions;
    if (value && totals?.set(...portfolioJson(value), offset)) yield totals;
    const valuation = value && hasRows(value) ? value : loaded;
    if (!positions || !valuation) return;
    if (positions.set(...portfolioJson(valuation), positionsJson(valuation), offset)) yield positions;
  }
}
