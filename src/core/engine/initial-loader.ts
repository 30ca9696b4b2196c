import { retryDelay } from '../backoff.js';
import { BoundedCalls, type Clock, type Timer } from '../clock.js';
import { RepositoryError, TickmarkError, abortedError, throwIfAborted } from '../errors.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { RandomSource } from '../random.js';
import type { PositionBook } from '../book/position-book.js';

/** Progress of loading all portfolios. */
export interface LoadProgress {
  /** Portfolios loaded so far. */
  readonly portfolios: number;
  /** Positions in the book. */
  readonly positions: number;
  /** Whether all are loaded. */
  readonly done: boolean;
}

/** Options of {@link InitialLoader}. */
export interface InitialLoaderOptions {
  readonly repository: PortfolioRepository;
  readonly book: PositionBook;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Called before anything is read. */
  readonly onStart: () => Promise<void>;
  /** Called when the book has changed: compute its totals before anything else happens. */
  readonly onChunk: () => void;
  /** Called after each chunk and at the end. */
  readonly onProgress: (progress: LoadProgress) => void;
  /** Called when all portfolios are loaded, with those that may have changed in between: load them again. */
  readonly onLoaded: (uncertain: Iterable<string>) => void;
  readonly onError: (error: TickmarkError) => void;
}

const CHUNK_SIZE = 1000;
const RETRY = { firstMs: 1000, capMs: 8000 };
/** Time limit for all stored prices, and for each chunk of portfolios. */
const CALL_LIMIT_MS = 30_000;

/** Loads all portfolios into the book: at the start, and again when changes of holdings may have been lost. */
export class InitialLoader {
  readonly #options: InitialLoaderOptions;
  #calls: BoundedCalls;
  #loading: Promise<void> | null = null;
  /** Portfolios that were announced as changed while all portfolios are being loaded: the loaded holdings may be out of date. */
  #changedMeanwhile = new Set<string>();
  #isReloadPending = false;
  #timer: Timer | null = null;
  #failures = 0;
  #isStopped = false;

  constructor(options: InitialLoaderOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, CALL_LIMIT_MS);
  }

  /** Loads all portfolios. @throws RepositoryError; `ABORTED`; `CLOSED`. */
  async load(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal, 'Loading the book');
    const calls = new BoundedCalls(this.#options.clock, CALL_LIMIT_MS);
    const onAbort = () => calls.abandon(abortedError(signal!, 'Loading the book'));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#calls = calls;
    this.#loading = this.#loadAll(calls).finally(() => {
      signal?.removeEventListener('abort', onAbort);
      this.#loading = null;
    });
    await this.#loading;
    this.#startPending();
  }

  /** Loads all portfolios again, with retries until it succeeds; resolves after the first attempt. */
  reload(): Promise<void> {
    this.#isReloadPending = true;
    this.#startPending();
    return this.idle();
  }

  /** A portfolio was announced as changed. */
  noteChange(portfolioId: string): void {
    if (this.#loading) this.#changedMeanwhile.add(portfolioId);
  }

  /** Resolves when nothing is being loaded. */
  async idle(): Promise<void> {
    await this.#loading?.catch(() => undefined);
  }

  /** Stops loading; a running load ends with `CLOSED`. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed while the book was being loaded.'));
  }

  #startPending(): void {
    if (this.#loading || this.#timer || this.#isStopped || !this.#isReloadPending) return;
    this.#isReloadPending = false;
    const { clock, random, onError } = this.#options;
    this.load().then(
      () => (this.#failures = 0),
      (error: unknown) => {
        if (this.#isStopped) return;
        this.#isReloadPending = true;
        onError(error as TickmarkError);
        this.#timer = clock.setTimer(
          () => {
            this.#timer = null;
            this.#startPending();
          },
          retryDelay(++this.#failures, RETRY, random),
        );
      },
    );
  }

  async #loadAll(calls: BoundedCalls): Promise<void> {
    const { repository, book, clock, onStart, onChunk, onProgress, onLoaded } = this.#options;
    this.#changedMeanwhile = new Set();
    // Portfolios that the store does not return may have been deleted.
    const unseen = new Set(book.ids);
    let count = 0;
    let portfolios: AsyncIterator<Portfolio> | undefined;
    try {
      await calls.run('changesSince()', onStart);
      book.restorePrices(await calls.run('loadPrices()', () => repository.loadPrices()));
      onChunk();
      portfolios = repository.stream()[Symbol.asyncIterator]();
      for (let isMore = true; isMore;) {
        const chunk = await calls.run('stream()', () => readChunk(portfolios!));
        isMore = chunk.length === CHUNK_SIZE;
        this.#addToBook(chunk);
        for (const { id } of chunk) unseen.delete(id);
        count += chunk.length;
        onProgress({ portfolios: count, positions: book.positionCount, done: !isMore });
        if (isMore) await new Promise<void>((resolve) => void clock.defer(resolve));
      }
    } catch (cause) {
      // Not awaited: a store that hangs would block this forever.
      void (async () => portfolios?.return?.())().catch(() => undefined);
      const { code } = cause as TickmarkError;
      if (code === 'ABORTED' || code === 'CLOSED') throw cause;
      throw new RepositoryError('Loading the book from the repository failed.', { cause });
    }
    onLoaded(new Set([...unseen, ...this.#changedMeanwhile]));
  }

  // Adds and values in one step: in between, a portfolio would have the version of the new holdings and the totals of the old ones.
  #addToBook(chunk: readonly Portfolio[]): void {
    const { book, onChunk } = this.#options;
    for (const portfolio of chunk) {
      // Holdings that were reloaded in between may be newer.
      if (portfolio.version > (book.versionOf(portfolio.id) ?? -1)) book.setPortfolio(portfolio);
    }
    onChunk();
  }
}

/** The next portfolios; fewer than a chunk at the end. */
async function readChunk(portfolios: AsyncIterator<Portfolio>): Promise<Portfolio[]> {
  const chunk: Portfolio[] = [];
  while (chunk.length < CHUNK_SIZE) {
    const { done, value } = await portfolios.next();
    if (done) break;
    chunk.push(value as Portfolio);
  }
  return chunk;
}
