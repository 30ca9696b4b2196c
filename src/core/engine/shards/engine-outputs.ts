import type { ChangedPortfolios } from '../../book/changed-portfolios.js';
import type { PositionBook } from '../../book/position-book.js';
import { invalidArgument } from '../../errors.js';
import { FollowedPortfolios, type FollowedPortfoliosOptions } from '../../following/followed-portfolios.js';
import type { PortfolioValuedBatch } from '../portfolio-valued-event.js';
import type { ValuationPublisher } from '../valuation-publisher.js';
import type { ValuationWriter } from '../writer/valuation-writer.js';
import type { EngineShards } from './engine-shards.js';

/** What {@link EngineOutputs} needs of an engine. */
export interface EngineOutputsOptions extends Omit<FollowedPortfoliosOptions, 'onFollowed'> {
  readonly book: PositionBook;
  readonly shards: EngineShards;
  /** Which values are published. */
  readonly publish: 'all' | 'followed';
  readonly publisher: ValuationPublisher;
  readonly writer: ValuationWriter;
}

const MOST_AT_ONCE = 1000;

/** Gives values to the publisher and to the writer: those of the shards for which the engine acts, and only those to publish that are followed. */
export class EngineOutputs {
  readonly #options: EngineOutputsOptions;
  /** `null`: all values are published. */
  readonly #followed: FollowedPortfolios | null;

  /** @throws TickmarkError `INVALID_ARGUMENT`. */
  constructor(options: EngineOutputsOptions) {
    const { book, publish } = options;
    if (publish !== 'all' && publish !== 'followed')
      throw invalidArgument('MarkToMarketEngine: publish', publish, "'all' or 'followed'");
    this.#options = options;
    const onFollowed = (ids: readonly string[]) =>
      this.#publish(ids.flatMap((id) => book.numberOf(id) ?? []));
    this.#followed = publish === 'all' ? null : new FollowedPortfolios({ ...options, onFollowed });
  }

  /** Portfolios that somebody follows; `null`: all values are published. */
  get followed(): number | null {
    return this.#followed?.size ?? null;
  }

  /** Listens to who follows what. */
  start(): void {
    this.#followed?.start();
  }

  /** Listens no longer. */
  stop(): void {
    this.#followed?.stop();
  }

  /** Values have changed. The writer gets every touched one, even with the same figures: its newer prices keep older values out of the store. */
  enqueue({ touched, changed }: ChangedPortfolios): void {
    const { shards, publisher, writer } = this.#options;
    writer.enqueue(shards.acting(touched));
    publisher.enqueue(this.#published(changed));
  }

  /** Publishes and stores the values of portfolios at once: the engine acts for them from now on. Free numbers may be among them. */
  takeOver(numbers: readonly number[]): void {
    const { book, writer } = this.#options;
    const held = numbers.filter((number) => book.portfolio(number));
    this.#publish(held);
    writer.enqueue(held);
    void writer.flush();
  }

  /** The values that wait for no price or rate, in messages that are not published. */
  *complete(): Iterable<PortfolioValuedBatch> {
    const { book, publisher } = this.#options;
    const numbers = [...book.ids].map((id) => book.numberOf(id)!);
    const complete = this.#published(
      Int32Array.from(numbers.filter((number) => book.totalsOf(number).complete)),
    );
    for (let at = 0; at < complete.length; at += MOST_AT_ONCE)
      yield publisher.batchOf(complete.slice(at, at + MOST_AT_ONCE));
  }

  // Even if they have not changed.
  #publish(numbers: readonly number[]): void {
    const { publisher } = this.#options;
    for (const number of numbers) publisher.forget(number);
    publisher.enqueue(this.#published(Int32Array.from(numbers)));
  }

  #published(numbers: Int32Array): Int32Array {
    const { book, shards } = this.#options;
    const followed = this.#followed;
    const acting = shards.acting(numbers);
    return followed ? acting.filter((number) => followed.has(book.portfolio(number)!.id)) : acting;
  }
}
