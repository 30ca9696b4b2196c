import type { Writable } from 'node:stream';
import { checkDelay, systemClock, type Clock } from '../../core/clock.js';
import { invalidArgument, type TickmarkError } from '../../core/errors.js';
import { checkNumber, checkOptions, TIME_AND_CHANCE, type OptionShapes } from '../../core/options.js';
import type { PriceStreamAdapter } from '../../core/streams/price-stream-adapter.js';
import { fileTarget, streamTarget } from './recording-target.js';
import { StreamRecorder, type RecordingStats } from './stream-recorder.js';

/** Options of {@link recordPriceStream}. */
export interface RecordPriceStreamOptions {
  /** Time, for the times of lines and for timers. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Whether an existing file is replaced. Default `false`: an existing file is an error. */
  readonly overwrite?: boolean;
  /** Longest time that a line waits before it is written, in ms. Default 1,000. */
  readonly flushMs?: number;
  /**
   * Most characters that wait for a slow disk. Further messages are dropped and counted, and the recording gets a gap with reason
   * `overflow`. Default 16,777,216.
   */
  readonly maxBuffered?: number;
  /** Called with `STREAM_FAILED` if the recording cannot continue. The price stream is not affected. What it throws is dropped. */
  readonly onError?: (error: TickmarkError) => void;
}

/** A recording that is being made. */
export interface PriceStreamRecording extends AsyncDisposable {
  /** Counters so far. */
  stats(): RecordingStats;
  /**
   * Stops listening, writes the lines that wait and closes the file. A `Writable` of the caller stays open. Idempotent.
   * @throws TickmarkError `STREAM_FAILED` if not all lines could be written.
   */
  close(): Promise<void>;
}

const WHERE = 'recordPriceStream';

const SHAPES: OptionShapes<RecordPriceStreamOptions> = {
  clock: TIME_AND_CHANCE.clock,
  overwrite: 'boolean',
  flushMs: true,
  maxBuffered: true,
  onError: 'function',
};

/**
 * Records the messages of a price stream from now on (prices, gaps, changes of status), in constant memory: to a new file, gzipped if its
 * name ends in `.gz`, or to a `Writable`. `ReplayPriceStreamAdapter` replays it. The caller connects and disconnects the price stream,
 * which never waits for the disk.
 *
 * @example
 * ```ts
 * import { MockPriceStreamAdapter } from 'tickmark';
 * import { recordPriceStream } from 'tickmark/replay';
 *
 * const stream = new MockPriceStreamAdapter();
 * const recording = await recordPriceStream(stream, 'today.jsonl.gz');
 * // …
 * await recording.close();
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted; `STREAM_FAILED` if the file cannot be created.
 */
export async function recordPriceStream(
  stream: PriceStreamAdapter,
  target: string | Writable,
  options: RecordPriceStreamOptions = {},
): Promise<PriceStreamRecording> {
  checkOptions(WHERE, options, SHAPES);
  const { clock = systemClock, overwrite = false, flushMs = 1000, maxBuffered = 2 ** 24, onError } = options;
  const isFile = typeof target === 'string' && target !== '';
  if (!isFile && typeof (target as Partial<Writable> | null)?.write !== 'function')
    throw invalidArgument(`${WHERE}: target`, target, 'the path of a file, or a Writable');
  checkDelay(flushMs, `${WHERE}: flushMs`);
  checkNumber(`${WHERE}: maxBuffered`, maxBuffered, { from: 1024 });
  const opened = isFile ? await fileTarget(target, overwrite) : streamTarget(target as Writable);
  return new StreamRecorder(stream, opened, { clock, flushMs, maxBuffered, onError });
}
