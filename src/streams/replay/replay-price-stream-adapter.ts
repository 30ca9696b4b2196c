import { TickmarkError } from '../../core/errors.js';
import { BasePriceStreamAdapter } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { formatOf } from './built-in-formats.js';
import { LineCounter, type LineCounts } from './line-counter.js';
import { RecordingPlayer } from './recording-player.js';
import { readReadingOptions } from './reading-options.js';
import { RecordingReader, type Reading } from './recording-reader.js';
import {
  readChoice,
  readFiles,
  readSpeed,
  type ReplayPriceStreamAdapterOptions,
  REPLAY_OPTIONS,
} from './replay-options.js';
import type { ReplayProgress } from './replay-progress.js';
import { checkOptions } from '../../core/options.js';

/** Counters of a `ReplayPriceStreamAdapter` since its construction. */
export interface ReplayStats extends PriceStreamStats, LineCounts {}

interface Run {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  hasStarted: boolean;
}

/**
 * Replays recorded files as a price stream, in constant memory. At the end of the last file the status becomes `disconnected`, iterators
 * get the messages that still wait for them, and {@link finished} resolves. `connect()` replays from the start again.
 *
 * `connect()` rejects with `STREAM_FAILED` if a file is missing or cannot be read, with `MALFORMED_INPUT` if its format is not detected or needs
 * what the file does not have, and with `INVALID_ARGUMENT` for an option that the format does not heed. A line that cannot be decoded is
 * counted in `stats().rejected`, with the first of each reason in `stats().firstRejected`, and the replay continues.
 *
 * @example
 * ```ts
 * import { ReplayPriceStreamAdapter } from 'tickmark/replay';
 *
 * const stream = new ReplayPriceStreamAdapter({ files: 'trades.csv.gz', speed: 'max', symbols: 'all' });
 * stream.onMessage((message) => console.log(message));
 * await stream.connect();
 * await stream.finished;
 * ```
 */
export class ReplayPriceStreamAdapter extends BasePriceStreamAdapter {
  readonly #files: readonly string[];
  readonly #reading: Reading;
  readonly #speed: number;
  readonly #playsAllSymbols: boolean;
  readonly #isRestamped: boolean;
  readonly #isFollowed: boolean;
  readonly #onProgress: ReplayPriceStreamAdapterOptions['onProgress'];
  readonly #counter = new LineCounter();
  #run = newRun();
  #link: PriceStreamLink | undefined;
  #playing: Promise<void> | undefined;
  #bytesTotal = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: ReplayPriceStreamAdapterOptions) {
    super(options);
    checkOptions('ReplayPriceStreamAdapter', options, REPLAY_OPTIONS);
    const { format = 'auto', speed = 1, symbols = 'subscribed', receivedAt = 'recorded' } = options;
    this.#files = readFiles(options.files);
    this.#reading = {
      format: formatOf('ReplayPriceStreamAdapter: format', format),
      options: readReadingOptions('ReplayPriceStreamAdapter', options),
    };
    this.#speed = readSpeed(speed);
    this.#playsAllSymbols = readChoice('symbols', symbols, ['subscribed', 'all']) === 'all';
    this.#isRestamped = readChoice('receivedAt', receivedAt, ['recorded', 'now']) === 'now';
    this.#isFollowed = options.follow ?? false;
    this.#onProgress = options.onProgress;
  }

  /**
   * Resolves when all files have been replayed. Rejects with `STREAM_FAILED` if a file cannot be read to its end, and with `CLOSED` if
   * `disconnect()` comes first. It belongs to the latest replay; before the first `connect()`, to the first one.
   */
  get finished(): Promise<void> {
    return this.#run.promise;
  }

  /** Counters so far. */
  override stats(): ReplayStats {
    return { ...super.stats(), ...this.#counter.counts() };
  }

  protected override async openLink(link: PriceStreamLink): Promise<void> {
    if (this.#run.hasStarted) this.#run = newRun();
    const run = this.#run;
    run.hasStarted = true;
    link.signal.addEventListener('abort', () => run.reject(link.signal.reason as Error), { once: true });
    this.#bytesTotal = 0;
    for (const file of this.#files) {
      this.#bytesTotal += await RecordingReader.check(file, this.#reading, link.signal);
      if (link.signal.aborted) return;
    }
    this.#link = link;
    if (this.#playsAllSymbols) this.#start(link);
  }

  protected override async closeLink(): Promise<void> {
    await this.#playing;
    this.#playing = undefined;
    this.#link = undefined;
  }

  protected override addSymbols(): void {
    if (this.#link && !this.#playing) this.#start(this.#link);
  }

  protected override removeSymbols(): void {
    // The base class drops prices of other symbols.
  }

  #start(link: PriceStreamLink): void {
    const run = this.#run;
    const player = new RecordingPlayer({
      clock: this.clock,
      files: this.#files,
      bytesTotal: this.#bytesTotal,
      reading: this.#reading,
      speed: this.#speed,
      isRestamped: this.#isRestamped,
      isFollowed: this.#isFollowed,
      counter: this.#counter,
      onSymbol: this.#symbolAdopter(),
      onProgress: (progress) => this.#reportProgress(progress),
      delivered: () => super.stats().messages,
    });
    this.#playing = player.play(link).then(
      () => {
        run.resolve();
        link.end();
      },
      (error: unknown) => link.fail(error),
    );
  }

  /** With `symbols: 'all'`, counts each symbol as subscribed when it first appears. */
  #symbolAdopter(): (symbol: string) => void {
    if (!this.#playsAllSymbols) return () => undefined;
    const seen = new Set<string>();
    return (symbol) => {
      if (seen.has(symbol)) return;
      seen.add(symbol);
      this.adoptSymbol(symbol);
    };
  }

  #reportProgress(progress: ReplayProgress): void {
    try {
      this.#onProgress?.(progress);
    } catch (cause) {
      const message = 'ReplayPriceStreamAdapter: onProgress threw an error; the replay goes on.';
      this.reportError(new TickmarkError('HANDLER_FAILED', message, { cause }));
    }
  }
}

function newRun(): Run {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // The caller need not use `finished`.
  promise.catch(() => undefined);
  return { promise, resolve, reject, hasStarted: false };
}
