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
  readonly onStart: () => Promise<void>;
  /** The book has changed: its totals are to be computed before anything else happens. */
  readonly onChunk: () => void;
  /** After each slice and at the end. */
  readonly onProgress: (progress: LoadProgress) => void;
  /** The book is full; those ids may be other than the store says now: load them. */
  readonly onLoaded: (doubtful: Iterable<string>) => void;
  readonly onError: (error: TickmarkError) => void;
}

const CHUNK_SIZE = 1000;
const RETRY_MS = 1000;
/** For all stored prices, and for each slice of portfolios. */
const CALL_LIMIT_MS = 30_000;

/** Fills a book from the store: at the start, and again, until it succeeds, when news of holdings were lost. */
export class InitialLoader {
  readonly #options: InitialLoaderOptions;
  #calls: BoundedCalls;
  #loading: Promise<void> | null = null;
  /** Portfolios that news came of while the book is filled, so that what the stream brings may be out of date. */
  #changedMeanwhile = new Set<string>();
  #isReloadPending = false;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(options: InitialLoaderOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, CALL_LIMIT_MS);
  }

  /** Fills the book. @throws RepositoryError; `ABORTED`; `CLOSED`. */
  async load(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal, 'Filling the book');
    const calls = new BoundedCalls(this.#options.clock, CALL_LIMIT_MS);
    const onAbort = () => calls.abandon(abortedError(signal!, 'Filling the book'));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#calls = calls;
    this.#loading = this.#loadAll(calls).finally(() => {
      signal?.removeEventListener('abort', onAbort);
      this.#loading = null;
    });
    await this.#loading;
    this.#startPending();
  }

  /** Fills it again, as often as it takes; settles after the first attempt. */
  reload(): Promise<void> {
    this.#isReloadPending = true;
    this.#startPending();
    return this.idle();
  }

  /** Takes note of news of a portfolio. */
  noteChange(portfolioId: string): void {
    if (this.#loading) this.#changedMeanwhile.add(portfolioId);
  }

  /** Settles when the book is not being filled. */
  async idle(): Promise<void> {
    await this.#loading?.catch(() => undefined);
  }

  /** Fills no more; what is under way ends with `CLOSED`. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed while the book was filled.'));
  }

  #startPending(): void {
    if (this.#loading || this.#timer || this.#isStopped || !this.#isReloadPending) return;
    this.#isReloadPending = false;
    this.load().catch((error: unknown) => {
      if (this.#isStopped) return;
      this.#isReloadPending = true;
      this.#options.onError(error as TickmarkError);
      this.#timer = this.#options.clock.setTimer(() => {
        this.#timer = null;
        this.#startPending();
      }, RETRY_MS);
    });
  }

  async #loadAll(calls: BoundedCalls): Promise<void> {
    const {
      repository,
      book,
      clock,
      onStart: onFilling,
      onChunk: onEntered,
      onProgress,
      onLoaded: onFilled,
    } = this.#options;
    this.#changedMeanwhile = new Set();
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
        const slice = await calls.run('stream()', () => readChunk(portfolios!));
        isMore = slice.length === CHUNK_SIZE;
        this.#addToBook(slice);
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
    onFilled(new Set([...unseen, ...this.#changedMeanwhile]));
  }

  // Entered and valued in one go: between the two, a version would stand beside totals of another.
  #addToBook(slice: readonly Portfolio[]): void {
    const { book, onChunk: onEntered } = this.#options;
    for (const portfolio of slice) {
      // Holdings that were loaded on the way here may be newer than what the stream still brings.
      if (portfolio.version > (book.versionOf(portfolio.id) ?? -1)) book.setPortfolio(portfolio);
    }
    onEntered();
  }
}

/** The next portfolios; fewer than a slice at the end. */
async function readChunk(portfolios: AsyncIterator<Portfolio>): Promise<Portfolio[]> {
  const slice: Portfolio[] = [];
  while (slice.length < CHUNK_SIZE) {
    const { done, value } = await portfolios.next();
    if (done) break;
    slice.push(value as Portfolio);
  }
  return slice;
}
