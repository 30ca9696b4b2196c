import { sleep, type Clock } from '../../core/clock.js';
import type { PriceStreamGap } from '../../core/prices/price-stream-gap.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import type { LineCounter } from './line-counter.js';
import { isPrice, type RecordedMessage, type RecordedStatus } from './recording-format.js';
import { RecordingReader, type Reading } from './recording-reader.js';
import { ReplayPace } from './replay-pace.js';
import { ProgressReporter, type ReplayProgress } from './replay-progress.js';

/** What a {@link RecordingPlayer} works with. */
export interface RecordingPlayerOptions {
  readonly clock: Clock;
  readonly files: readonly string[];
  /** Bytes of all files. */
  readonly bytesTotal: number;
  readonly reading: Reading;
  /** Factor of the recorded speed; `Infinity` never waits. */
  readonly speed: number;
  /** Whether messages get the present time as their time of receipt. */
  readonly isRestamped: boolean;
  /** Whether the last file is read on as it grows. */
  readonly isFollowed: boolean;
  readonly counter: LineCounter;
  /** Called with each symbol of a message, before the message is delivered. */
  readonly onSymbol: (symbol: string) => void;
  readonly onProgress: (progress: ReplayProgress) => void;
  /** Messages delivered so far, for the progress. */
  readonly delivered: () => number;
}

const MESSAGES_PER_TURN = 1000;
const FOLLOW_MS = 100;

/** Plays recorded files to a link, one after the other, at the pace at which they were recorded. */
export class RecordingPlayer {
  readonly #options: RecordingPlayerOptions;

  constructor(options: RecordingPlayerOptions) {
    this.#options = options;
  }

  /** Resolves at the end of the last file. @throws `STREAM_FAILED` if a file cannot be read to its end; the link's reason when it ends. */
  async play(link: PriceStreamLink): Promise<void> {
    const { clock, files, bytesTotal, reading, speed, isFollowed, counter, delivered, onProgress } =
      this.#options;
    const { signal } = link;
    const pace = new ReplayPace(clock, speed, signal);
    const progress = new ProgressReporter(clock, onProgress);
    let bytesDone = 0;
    let played = 0;
    for (const [index, path] of files.entries()) {
      const reader = await RecordingReader.open(path, reading, counter);
      const report = (isEnd = false): void => {
        const bytesRead = bytesDone + (isEnd ? reader.file.size : reader.file.bytesRead);
        const { lines } = counter;
        progress.report({ file: path, bytesRead, bytesTotal, lines, messages: delivered() }, isEnd);
      };
      const isLast = index === files.length - 1;
      const batches =
        isFollowed && isLast
          ? reader.growingBatches(() => sleep(clock, FOLLOW_MS, signal))
          : reader.batches(signal);
      for await (const recorded of batches) {
        for (const message of recorded) {
          const recordedAt = timeOf(message);
          if (pace.waitMs(recordedAt) > 0) {
            await pace.until(recordedAt);
            report();
          }
          if (signal.aborted) throw signal.reason;
          this.#play(link, message);
          if (++played % MESSAGES_PER_TURN === 0) await pace.turn();
        }
        report();
      }
      if (isLast) report(true);
      bytesDone += reader.file.size;
    }
    if (signal.aborted) throw signal.reason;
  }

  #play(link: PriceStreamLink, message: RecordedMessage): void {
    if (isPrice(message)) this.#playPrice(link, message);
    else if (message.type === 'gap') this.#playGap(link, message);
    else playStatus(link, message);
  }

  #playPrice(link: PriceStreamLink, update: PriceUpdate): void {
    const { clock, isRestamped, onSymbol } = this.#options;
    const { symbol, timestamp, timeSource } = update;
    onSymbol(symbol);
    if (!isRestamped) return link.deliver(update);
    const now = clock.now();
    link.deliver({ ...update, receivedAt: now, timestamp: timeSource === 'received' ? now : timestamp });
  }

  #playGap(link: PriceStreamLink, gap: PriceStreamGap): void {
    const { clock, isRestamped, onSymbol } = this.#options;
    for (const symbol of gap.symbols) onSymbol(symbol);
    if (!isRestamped) return link.deliver(gap);
    const to = clock.now();
    link.deliver({ ...gap, from: Math.max(0, to - (gap.to - gap.from)), to });
  }
}

function timeOf(message: RecordedMessage): number {
  if (isPrice(message)) return message.receivedAt ?? message.timestamp;
  return message.type === 'gap' ? message.to : message.at;
}

// Connecting and ending are the replay's own: of the recorded changes of status, only outages and their ends are replayed.
function playStatus(link: PriceStreamLink, { status }: RecordedStatus): void {
  if (status.state === 'reconnecting') link.reconnecting(status.attempt, status.nextTryAt);
  else if (status.state === 'degraded') link.degraded(status.symbols);
  else if (status.state === 'connected' || status.state === 'subscribed') link.restored();
}
