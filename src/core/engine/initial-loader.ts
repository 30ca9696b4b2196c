import { retryDelay } from '../backoff.js';
import { BoundedCalls, type Clock, type Timer } from '../clock.js';
import { RepositoryError, TickmarkError, abortedError, throwIfAborted } from '../errors.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { RandomSource } from '../random.js';
import type { PositionBook } from '../book/position-book.js';
import { streamPortfolios } from '../portfolio/repository-calls.js';
import type { HeldShards } from './shards/held-shards.js';

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
  /** Only their portfolios are loaded. */
  readonly shards: HeldShards;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Called before anything is read. */
  readonly onStart: () => Promise<void>;
  /** Called when the book has taken the stored prices. */
  readonly onPrices: () => void;
  /** Called with loaded portfolios, to be put into the book. */
  readonly onChunk: (portfolios: readonly Portfolio[]) => Promise<void>;
  /** Called after each chunk and at the end. */
  readonly onProgress: (progress: LoadProgress) => void;
  /** Called when all portfolios are loaded, with those that may have changed in between: load them again. */
  readonly onLoaded: (uncertain: Iterable<string>) => void;
  readonly onError: (error: TickmarkError) => void;
}

const CHUNK_SIZE = 1000;
/** What a slow store has given by then is a chunk too: its portfolios are valued, and the next ones have the time limit anew. */
const CHUNK_MS = 500;
const RETRY = { firstMs: 1000, capMs: 8000 };
/** Time limit for all stored prices, and for each chunk of portfolios. */
const CALL_LIMIT_MS = 30_000;

/**
 * Loads portfolios into the book: all of the held shards at the start, and again when changes of holdings may have been lost; those of a shard
 * when it is assigned.
 */
export class InitialLoader {
  readonly #options: InitialLoaderOptions;
  #calls: BoundedCalls;
  #loading: Promise<void> | null = null;
  /** Portfolios that were announced as changed while all portfolios are being loaded: the loaded holdings may be out of date. */
  #changedMeanwhile = new Set<string>();
  #isReloadPending = false;
  /** Shards that were assigned and are not loaded yet; one that is being loaded is among them. */
  readonly #waiting = new Set<number>();
  /** Shards that were given up while portfolios are being loaded: some of theirs may be missing. */
  #droppedMeanwhile = new Set<number>();
  #waiters: { readonly shards: readonly number[]; readonly resolve: () => void }[] = [];
  #timer: Timer | null = null;
  #failures = 0;
  #isStopped = false;

  constructor(options: InitialLoaderOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, CALL_LIMIT_MS);
  }

  /** Shards that were assigned and are not loaded yet. */
  get loading(): ReadonlySet<number> {
    return this.#waiting;
  }

  /** Loads prices, and all portfolios of the held shards. @throws RepositoryError; `ABORTED`; `CLOSED`. */
  load(signal?: AbortSignal): Promise<void> {
    return this.#load(null, signal);
  }

  /** Loads the portfolios of shards, with retries; resolves when those that are still held are loaded. */
  loadShards(shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.#waiting.add(shard);
    const loaded = new Promise<void>((resolve) => this.#waiters.push({ shards, resolve }));
    this.#loaded([]);
    this.#startPending();
    return loaded;
  }

  /** Shards are no longer held. */
  dropShards(shards: readonly number[]): void {
    for (const shard of shards) this.#droppedMeanwhile.add(shard);
    this.#loaded(shards);
  }

  async #load(shards: readonly number[] | null, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal, 'Loading the book');
    const calls = new BoundedCalls(this.#options.clock, CALL_LIMIT_MS);
    const onAbort = () => calls.abandon(abortedError(signal!, 'Loading the book'));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#calls = calls;
    this.#loading = this.#loadAll(calls, shards).finally(() => {
      signal?.removeEventListener('abort', onAbort);
      this.#loading = null;
    });
    await this.#loading;
    this.#startPending();
  }

  #loaded(shards: Iterable<number>): void {
    for (const shard of shards) this.#waiting.delete(shard);
    this.#waiters = this.#waiters.filter((waiter) => {
      const isWaiting = waiter.shards.some((shard) => this.#waiting.has(shard));
      if (!isWaiting) waiter.resolve();
      return isWaiting;
    });
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
    this.#loaded([...this.#waiting]);
  }

  #startPending(): void {
    const isPending = this.#isReloadPending || this.#waiting.size > 0;
    if (this.#loading || this.#timer || this.#isStopped || !isPending) return;
    const isReload = this.#isReloadPending;
    this.#isReloadPending = false;
    const { clock, random, onError } = this.#options;
    this.#load(isReload ? null : [...this.#waiting]).then(
      () => (this.#failures = 0),
      (error: unknown) => {
        if (this.#isStopped) return;
        this.#isReloadPending ||= isReload;
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

  // `null`: prices, and all portfolios of the held shards.
  async #loadAll(calls: BoundedCalls, wanted: readonly number[] | null): Promise<void> {
    const { repository, book, clock, shards, onStart, onPrices, onProgress, onLoaded } = this.#options;
    this.#changedMeanwhile = new Set();
    this.#droppedMeanwhile = new Set();
    const selection = wanted ? shards.select(wanted) : shards.selection;
    // Portfolios that the store does not return may have been deleted. Of a shard that was just assigned, there are none.
    const unseen = new Set(wanted ? [] : book.ids);
    let count = 0;
    let portfolios: AsyncIterator<Portfolio> | undefined;
    try {
      if (!wanted) {
        await calls.run('changesSince()', onStart);
        book.restorePrices(await calls.run('loadPrices()', () => repository.loadPrices()));
        onPrices();
      }
      portfolios = streamPortfolios(repository, { shards: selection })[Symbol.asyncIterator]();
      for (let isMore = true; isMore;) {
        const { chunk, isLast } = await calls.run('stream()', () => readChunk(portfolios!, clock));
        isMore = !isLast;
        await calls.run('corporateActions()', () => this.#addToBook(chunk));
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
    this.#loaded(selection?.shards.filter((shard) => !this.#droppedMeanwhile.has(shard)) ?? []);
    onLoaded(new Set([...unseen, ...this.#changedMeanwhile]));
  }

  // Holdings that were reloaded in between may be newer.
  #addToBook(chunk: readonly Portfolio[]): Promise<void> {
    const { book, onChunk } = this.#options;
    return onChunk(chunk.filter(({ id, version }) => version > (book.versionOf(id) ?? -1)));
  }
}

/** The next portfolios, and whether they are the last. */
async function readChunk(
  portfolios: AsyncIterator<Portfolio>,
  clock: Clock,
): Promise<{ chunk: Portfolio[]; isLast: boolean }> {
  const chunk: Portfolio[] = [];
  const until = clock.monotonic() + CHUNK_MS;
  do {
    const { done, value } = await portfolios.next();
    if (done) return { chunk, isLast: true };
    chunk.push(value as Portfolio);
  } while (chunk.length < CHUNK_SIZE && clock.monotonic() < until);
  return { chunk, isLast: false };
}
