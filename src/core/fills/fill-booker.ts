import PQueue from 'p-queue';
import { retryDelay } from '../backoff.js';
import { sleep, systemClock, type Clock } from '../clock.js';
import { callBack, errorReporter } from '../error-reporter.js';
import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { checkNumber, withDefaults, checkOptions } from '../options.js';
import type { BookedEntries } from '../portfolio/holdings-editor.js';
import { systemRandom, type RandomSource } from '../random.js';
import { accountDifferences } from './account-differences.js';
import { BOOKER_OPTIONS, type FillBookerOptions, type FillBookerStats } from './fill-booker-options.js';
import type { AccountSnapshot, Fill, FillMessage } from './fill-stream.js';
import { RefusedFills } from './refused-fills.js';
import { keepRaw } from '../keep-raw.js';

const RETRY_BOUNDS = { firstMs: 100, capMs: 10_000 };

/**
 * Keeps portfolios current from a broker: books the fills of a stream into their ledgers, each once, and compares them with what the broker
 * says.
 *
 * - A list of messages counts as processed, and the next one is asked for, when all its fills are stored. While the store fails, booking is
 *   retried, and no fill is lost.
 * - A fill that cannot be booked is reported and does not stop the others. It is tried again when others of its portfolio have been booked,
 *   such as the purchase of units that it splits.
 * - A difference between a snapshot and the ledger is reported with both numbers. It is never booked.
 *
 * @example
 * ```ts
 * import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio } from 'tickmark';
 * import { FillBooker, MockFillStream } from 'tickmark/fills';
 * import { HoldingsEditor } from 'tickmark/parts';
 *
 * const repository = new InMemoryPortfolioRepository();
 * const holdings = new HoldingsEditor({ repository, bus: new InMemoryEventBus() });
 * await holdings.create(Portfolio.create({ id: 'U1', currency: 'USD' }));
 *
 * const stream = new MockFillStream();
 * const booker = new FillBooker({ stream, holdings, repository, onDifferences: (differences) => console.log(differences) });
 * booker.start();
 * stream.trade('U1', { id: 'f1', at: Date.now(), type: 'buy', symbol: 'IBM', quantity: 10, price: '100.25' });
 * await stream.whenProcessed();
 * console.log((await repository.load('U1'))?.position('IBM')?.quantity.toString()); // '10'
 * await booker.close();
 * ```
 */
export class FillBooker {
  static {
    keepRaw(this);
  }

  readonly #options: FillBookerOptions;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #portfolioOf: (account: string) => string | null;
  readonly #report: (error: TickmarkError) => void;
  readonly #queue: PQueue;
  readonly #refused: RefusedFills;
  readonly #closing = new AbortController();
  readonly #counters = {
    fills: 0,
    booked: 0,
    alreadyBooked: 0,
    ignored: 0,
    snapshots: 0,
    differences: 0,
    gaps: 0,
    retries: 0,
  };
  #work: Promise<void> | null = null;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a `concurrency` or `maxRefused` below 1. */
  constructor(options: FillBookerOptions) {
    checkOptions('FillBooker', options, BOOKER_OPTIONS);
    const { clock, random, portfolioOf, concurrency, maxRefused } = withDefaults(options, {
      clock: systemClock,
      random: systemRandom,
      portfolioOf: (account: string): string | null => account,
      concurrency: 8,
      maxRefused: 10_000,
    });
    checkNumber('FillBooker: concurrency', concurrency, { from: 1, isWhole: true });
    checkNumber('FillBooker: maxRefused', maxRefused, { from: 1, isWhole: true });
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#portfolioOf = portfolioOf;
    this.#report = errorReporter(options);
    this.#queue = new PQueue({ concurrency });
    this.#refused = new RefusedFills(maxRefused);
  }

  /** Starts reading. Idempotent. */
  start(): void {
    if (!this.#closing.signal.aborted) this.#work ??= this.#run();
  }

  /** Settles when the stream has no more messages, or with `close()`. */
  async finished(): Promise<void> {
    await this.#work;
  }

  /** Stops reading, and settles when what is being booked is stored. What was not stored comes again from the stream. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort(new TickmarkError('CLOSED', 'FillBooker was closed.'));
    await this.#work;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Fills that cannot be booked now and wait for others; in memory only. Hand them to the next booker (`refused`) after `close()`, unless its
   * stream brings them again.
   */
  refusedFills(): readonly Fill[] {
    return this.#refused.all();
  }

  /** Counters. */
  stats(): FillBookerStats {
    return { ...this.#counters, refused: this.#refused.size, dropped: this.#refused.dropped };
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const { stream, refused = [] } = this.#options;
    let left = refused;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await this.#bookAll(left);
        left = [];
        for await (const messages of stream.read({ signal })) {
          await this.#process(messages);
          failures = 0;
          if (signal.aborted) break;
        }
        return;
      } catch (cause) {
        if (signal.aborted) return;
        const error = cause instanceof TickmarkError ? cause : streamFailed(cause);
        this.#report(error);
        if (!error.retryable) return;
        await this.#pause(Math.max(1, failures));
      }
    }
  }

  // In order, except that fills in a row are booked together.
  async #process(messages: readonly FillMessage[]): Promise<void> {
    const fills: Fill[] = [];
    for (const message of messages) {
      if (message.type === 'fill') {
        fills.push(message);
        continue;
      }
      await this.#bookAll(fills.splice(0));
      switch (message.type) {
        case 'snapshot':
          await this.#compare(message);
          break;
        case 'gap':
          this.#counters.gaps++;
          callBack('FillBooker: onGap', () => this.#options.onGap?.(message), this.#report);
          break;
        default:
          this.#report(invalidArgument('FillBooker: type of a message', message, 'fill, snapshot or gap'));
      }
    }
    await this.#bookAll(fills);
  }

  async #bookAll(fills: readonly Fill[]): Promise<void> {
    this.#counters.fills += fills.length;
    const byPortfolio = new Map<string, Fill[]>();
    for (const fill of fills) {
      const id = this.#portfolioOf(fill.account);
      if (id === null) this.#counters.ignored++;
      else if (byPortfolio.has(id)) byPortfolio.get(id)!.push(fill);
      else byPortfolio.set(id, [fill]);
    }
    const work = [...byPortfolio].map(([id, own]) => new PortfolioFills(id, this.#refused.take(id), own));
    const left = await this.#bookTogether(work);
    await Promise.all(left.map((each) => this.#queue.add(() => this.#book(each))));
  }

  // In one go, which is fast. @returns those that need more: a retry, or each fill for itself.
  async #bookTogether(work: readonly PortfolioFills[]): Promise<readonly PortfolioFills[]> {
    const { holdings } = this.#options;
    if (!holdings.bookMany || work.length < 2) return work;
    const bookings = work.map(({ portfolioId, all }) => ({
      portfolioId,
      entries: all.map(({ entry }) => entry),
    }));
    // What fails is tried again alone, and reported there.
    const outcomes = await holdings.bookMany(bookings).catch(() => []);
    return work.filter((_, at) => {
      const each = outcomes[at];
      if (each?.outcome !== 'booked') return true;
      this.#count(each);
      return false;
    });
  }

  #count({ booked, alreadyBooked }: BookedEntries): void {
    this.#counters.booked += booked.length;
    this.#counters.alreadyBooked += alreadyBooked.length;
  }

  async #book({ portfolioId, waiting, all }: PortfolioFills): Promise<void> {
    if (!(await this.#try(portfolioId, all))) return;
    const refused = await this.#bookOneByOne(portfolioId, all);
    this.#refused.add(portfolioId, [...refused.keys()]);
    const known = new Set(waiting.map(({ entry }) => entry.id));
    for (const [fill, reason] of refused)
      if (!known.has(fill.entry.id))
        callBack('FillBooker: onRefused', () => this.#options.onRefused?.(fill, reason), this.#report);
  }

  // Again as long as one that is booked may help another. @returns the others, each with its reason.
  async #bookOneByOne(portfolioId: string, fills: readonly Fill[]): Promise<Map<Fill, TickmarkError>> {
    let left = fills;
    for (;;) {
      const refused = new Map<Fill, TickmarkError>();
      for (const fill of left) {
        const reason = await this.#try(portfolioId, [fill]);
        if (reason) refused.set(fill, reason);
      }
      if (refused.size === left.length || refused.size === 0) return refused;
      left = [...refused.keys()];
    }
  }

  // Retries while the store fails. @returns An error that a retry would meet again; `null`: booked.
  async #try(portfolioId: string, fills: readonly Fill[]): Promise<TickmarkError | null> {
    const { holdings } = this.#options;
    for (let failures = 1; ; failures++) {
      try {
        const entries = fills.map(({ entry }) => entry);
        this.#count(await holdings.book(portfolioId, entries));
        return null;
      } catch (cause) {
        const error = cause instanceof TickmarkError ? cause : bookingFailed(portfolioId, cause);
        if (!error.retryable) return error;
        if (failures === 1) this.#report(error);
        if (this.#closing.signal.aborted) throw error;
        await this.#pause(failures);
      }
    }
  }

  async #compare(snapshot: AccountSnapshot): Promise<void> {
    const portfolioId = this.#portfolioOf(snapshot.account);
    if (portfolioId === null) return void this.#counters.ignored++;
    for (let failures = 1; ; failures++) {
      try {
        const portfolio = await this.#options.repository.load(portfolioId);
        if (!portfolio) return void this.#counters.ignored++;
        const differences = accountDifferences(snapshot, portfolio);
        this.#counters.snapshots++;
        this.#counters.differences += differences.length;
        if (differences.length > 0)
          callBack(
            'FillBooker: onDifferences',
            () => this.#options.onDifferences?.(differences),
            this.#report,
          );
        return;
      } catch (cause) {
        const error = cause instanceof TickmarkError ? cause : bookingFailed(portfolioId, cause);
        if (failures === 1) this.#report(error);
        if (!error.retryable) return;
        if (this.#closing.signal.aborted) throw error;
        await this.#pause(failures);
      }
    }
  }

  // Ends early when the booker is closed; the caller then checks the signal.
  async #pause(failures: number): Promise<void> {
    this.#counters.retries++;
    const delay = retryDelay(failures, RETRY_BOUNDS, this.#random);
    await sleep(this.#clock, delay, this.#closing.signal).catch(() => undefined);
  }
}

/** Fills for a portfolio: those that were refused before, and new ones. */
class PortfolioFills {
  readonly portfolioId: string;
  readonly waiting: readonly Fill[];
  readonly all: readonly Fill[];

  constructor(portfolioId: string, waiting: readonly Fill[], fills: readonly Fill[]) {
    this.portfolioId = portfolioId;
    this.waiting = waiting;
    this.all = [...waiting, ...fills];
  }
}

function streamFailed(cause: unknown): TickmarkError {
  return new TickmarkError('STREAM_FAILED', 'FillBooker: the stream of fills failed; it is read again.', {
    retryable: true,
    cause,
  });
}

function bookingFailed(portfolioId: string, cause: unknown): TickmarkError {
  const message = `FillBooker: booking fills of ${quote(portfolioId)} failed; it is retried.`;
  return new TickmarkError('REPOSITORY_FAILED', message, { retryable: true, cause });
}
