import { sleep } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import { BasePriceStreamAdapter } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamStats } from '../../core/streams/price-stream-broadcast.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import type { PriceStreamGap } from '../../core/prices/price-stream-gap.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import { formatOf } from './built-in-formats.js';
import { LineCounter, type LineCounts } from './line-counter.js';
import {
  isPrice,
  type RecordedMessage,
  type RecordedStatus,
  type RecordingFormat,
} from './recording-format.js';
import { RecordingReader } from './recording-reader.js';
import { readChoice, readFiles, readSpeed, type ReplayPriceStreamAdapterOptions } from './replay-options.js';
import { ReplayPace } from './replay-pace.js';
import { ProgressReporter, type ReplayProgress } from './replay-progress.js';

/** Counters of a `ReplayPriceStreamAdapter` since its construction. */
export interface ReplayStats extends PriceStreamStats, LineCounts {}

interface Run {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  hasStarted: boolean;
}

const MESSAGES_PER_TURN = 1000;
const FOLLOW_MS = 100;

/**
 * Replays recorded files as a price stream, in constant memory. At the end of the last file the status becomes `disconnected`, iterators
 * get the messages that still wait for them, and {@link finished} resolves. `connect()` replays from the start again.
 *
 * `connect()` rejects with `STREAM_FAILED` if a file is missing or cannot be read, and with `MALFORMED_INPUT` if its format is not detected.
 * A line that cannot be decoded is counted in `stats().rejected`, and the replay continues.
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
  readonly #format: RecordingFormat | 'auto';
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
    const { format = 'auto', speed = 1, symbols = 'subscribed', receivedAt = 'recorded' } = options;
    this.#files = readFiles(options.files);
    this.#format = formatOf('ReplayPriceStreamAdapter: format', format);
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
      this.#bytesTotal += await RecordingReader.check(file, this.#format, link.signal);
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
    this.#playing = this.#playFiles(link).then(
      () => {
        run.resolve();
        link.end();
      },
      (error: unknown) => link.fail(error),
    );
  }

  async #playFiles(link: PriceStreamLink): Promise<void> {
    const { signal } = link;
    const pace = new ReplayPace(this.clock, this.#speed, signal);
    const progress = new ProgressReporter(this.clock, (each) => this.#reportProgress(each));
    const seen = new Set<string>();
    let bytesDone = 0;
    let played = 0;
    for (const [index, path] of this.#files.entries()) {
      const reader = await RecordingReader.open(path, this.#format, this.#counter);
      const report = (isEnd = false): void => {
        const bytesRead = bytesDone + (isEnd ? reader.file.size : reader.file.bytesRead);
        const { lines } = this.#counter;
        const delivered = super.stats().messages;
        progress.report(
          { file: path, bytesRead, bytesTotal: this.#bytesTotal, lines, messages: delivered },
          isEnd,
        );
      };
      const isFollowed = this.#isFollowed && index === this.#files.length - 1;
      const batches = isFollowed
        ? reader.growingBatches(() => sleep(this.clock, FOLLOW_MS, signal))
        : reader.batches(signal);
      for await (const recorded of batches) {
        for (const message of recorded) {
          const recordedAt = timeOf(message);
          if (pace.waitMs(recordedAt) > 0) {
            await pace.until(recordedAt);
            report();
          }
          if (signal.aborted) throw signal.reason;
          this.#play(link, message, seen);
          if (++played % MESSAGES_PER_TURN === 0) await pace.turn();
        }
        report();
      }
      if (index === this.#files.length - 1) report(true);
      bytesDone += reader.file.size;
    }
    if (signal.aborted) throw signal.reason;
  }

  #play(link: PriceStreamLink, message: RecordedMessage, seen: Set<string>): void {
    if (isPrice(message)) this.#playPrice(link, message, seen);
    else if (message.type === 'gap') this.#playGap(link, message, seen);
    else playStatus(link, message);
  }

  #playPrice(link: PriceStreamLink, update: PriceUpdate, seen: Set<string>): void {
    const { symbol, timestamp, timeSource } = update;
    this.#adopt(symbol, seen);
    if (!this.#isRestamped) return link.deliver(update);
    const now = this.clock.now();
    link.deliver({ ...update, receivedAt: now, timestamp: timeSource === 'received' ? now : timestamp });
  }

  #playGap(link: PriceStreamLink, gap: PriceStreamGap, seen: Set<string>): void {
    for (const symbol of gap.symbols) this.#adopt(symbol, seen);
    if (!this.#isRestamped) return link.deliver(gap);
    const to = this.clock.now();
    link.deliver({ ...gap, from: Math.max(0, to - (gap.to - gap.from)), to });
  }

  #adopt(symbol: string, seen: Set<string>): void {
    if (!this.#playsAllSymbols || seen.has(symbol)) return;
    seen.add(symbol);
    this.adoptSymbol(symbol);
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

function timeOf(message: RecordedMessage): number {
  if (isPrice(message)) return message.receivedAt ?? message.timestamp;
  return message.type === 'gap' ? message.to : message.at;
}

// Connecting and ending are the replay's own: of the recorded changes of status, only outages and their ends are replayed.
function playStatus(link: PriceStreamLink, { status }: RecordedStatus): void {
  if (status.state === 'reconnecting') link.reconnecting(status.attempt, status.nextTryAt);
  else if (status.state === 'connected' || status.state === 'subscribed') link.restored();
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
