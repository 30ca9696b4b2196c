import { BoundedCalls, type Clock, type Timer } from '../clock.js';
import { RepositoryError, TickmarkError, abortedError, throwIfAborted } from '../errors.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { PositionBook } from '../book/position-book.js';

/** How far the filling of a book has come. */
export interface LoadProgress {
  readonly portfolios: number;
  readonly positions: number;
  readonly done: boolean;
}

/** What a {@link InitialLoader} works with. */
export interface InitialLoaderOptions {
  readonly repository: PortfolioRepository;
  readonly book: PositionBook;
  readonly clock: Clock;
  /** Before anything is read. */
  readonly onFilling: () => Promise<void>;
  /** The book has changed: its totals are to be computed before anything else happens. */
  readonly onEntered: () => void;
  /** After each slice and at the end. */
  readonly onProgress: (progress: LoadProgress) => void;
  /** The book is full; those ids may be other than the store says now: load them. */
  readonly onFilled: (doubtful: Iterable<string>) => void;
  readonly onError: (error: TickmarkError) => void;
}

const SLICE = 1000;
const RETRY_MS = 1000;
/** For all stored prices, and for each slice of portfolios. */
const CALL_LIMIT_MS = 30_000;

/** Fills a book from the store: at the start, and again, until it succeeds, when news of holdings were lost. */
export class InitialLoader {
  readonly #with: InitialLoaderOptions;
  #calls: BoundedCalls;
  #filling: Promise<void> | null = null;
  /** Portfolios that news came of while the book is filled, so that what the stream brings may be out of date. */
  #doubtful = new Set<string>();
  #isOwed = false;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(options: InitialLoaderOptions) {
    this.#with = options;
    this.#calls = new BoundedCalls(options.clock, CALL_LIMIT_MS);
  }

  /** Fills the book. @throws RepositoryError; `ABORTED`; `CLOSED`. */
  async fill(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal, 'Filling the book');
    const calls = new BoundedCalls(this.#with.clock, CALL_LIMIT_MS);
    const onAbort = () => calls.abandon(abortedError(signal!, 'Filling the book'));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#calls = calls;
    this.#filling = this.#fill(calls).finally(() => {
      signal?.removeEventListener('abort', onAbort);
      this.#filling = null;
    });
    await this.#filling;
    this.#run();
  }

  /** Fills it again, as often as it takes; settles after the first attempt. */
  refill(): Promise<void> {
    this.#isOwed = true;
    this.#run();
    return this.idle();
  }

  /** Takes note of news of a portfolio. */
  heard(portfolioId: string): void {
    if (this.#filling) this.#doubtful.add(portfolioId);
  }

  /** Settles when the book is not being filled. */
  async idle(): Promise<void> {
    await this.#filling?.catch(() => undefined);
  }

  /** Fills no more; what is under way ends with `CLOSED`. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed while the book was filled.'));
  }

  #run(): void {
    if (this.#filling || this.#timer || this.#isStopped || !this.#isOwed) return;
    this.#isOwed = false;
    this.fill().catch((error: unknown) => {
      if (this.#isStopped) return;
      this.#isOwed = true;
      this.#with.onError(error as TickmarkError);
      this.#timer = this.#with.clock.setTimer(() => {
        this.#timer = null;
        this.#run();
      }, RETRY_MS);
    });
  }

  async #fill(calls: BoundedCalls): Promise<void> {
    const { repository, book, clock, onFilling, onEntered, onProgress, onFilled } = this.#with;
    this.#doubtful = new Set();
    // What the stream does not bring may be deleted.
    const unseen = new Set(book.ids);
    let count = 0;
    let portfolios: AsyncIterator<Portfolio> | undefined;
    try {
      await calls.run('changesSince()', onFilling);
      book.restorePrices(await calls.run('loadPrices()', () => repository.loadPrices()));
      onEntered();
      portfolios = repository.stream()[Symbol.asyncIterator]();
      for (let isMore = true; isMore;) {
        const slice = await calls.run('stream()', () => readSlice(portfolios!));
        isMore = slice.length === SLICE;
        this.#enter(slice);
        for (const { id } of slice) unseen.delete(id);
        count += slice.length;
        onProgress({ portfolios: count, positions: book.positionCount, done: !isMore });
        if (isMore) await new Promise<void>((resolve) => void clock.defer(resolve));
      }
    } catch (cause) {
      // Not waited for: a store that hangs would never let go.
      void (async () => portfolios?.return?.())().catch(() => undefined);
      const { code } = cause as TickmarkError;
      if (code === 'ABORTED' || code === 'CLOSED') throw cause;
      throw new RepositoryError('Filling the book from the repository failed.', { cause });
    }
    onFilled(new Set([...unseen, ...this.#doubtful]));
  }

  // Entered and valued in one go: between the two, a version would stand beside totals of another.
  #enter(slice: readonly Portfolio[]): void {
    const { book, onEntered } = this.#with;
    for (const portfolio of slice) {
      // Holdings that were loaded on the way here may be newer than what the stream still brings.
      if (portfolio.version > (book.versionOf(portfolio.id) ?? -1)) book.setPortfolio(portfolio);
    }
    onEntered();
  }
}

/** The next portfolios; fewer than a slice at the end. */
async function readSlice(portfolios: AsyncIterator<Portfolio>): Promise<Portfolio[]> {
  const slice: Portfolio[] = [];
  while (slice.length < SLICE) {
    const { done, value } = await portfolios.next();
    if (done) break;
    slice.push(value as Portfolio);
  }
  return slice;
}
