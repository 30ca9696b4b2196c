import type { Writable } from 'node:stream';
import { systemClock, type Clock } from '../../core/clock.js';
import { invalidArgument, type TickmarkError } from '../../core/errors.js';
import type { PriceStreamAdapter } from '../../core/streams/price-stream-adapter.js';
import { fileTarget, streamTarget } from './recording-target.js';
import { StreamRecorder, type RecordingStats } from './stream-recorder.js';

/** Options of {@link recordPriceStream}. */
export interface RecordPriceStreamOptions {
  /** Time, for stamps and timers. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Whether a file that is there is replaced. Default `false`: it is an error. */
  readonly overwrite?: boolean;
  /** Longest time that a line waits to be written, in ms. Default 1,000. */
  readonly flushMs?: number;
  /**
   * Most that waits for a slow disk, in characters. What comes beyond is dropped and counted, and the recording gets a gap with
   * reason `overflow`. Default 16,777,216.
   */
  readonly maxBuffered?: number;
  /** Hears `STREAM_FAILED` when the recording cannot go on; the stream itself is not concerned. */
  readonly onError?: (error: TickmarkError) => void;
}

/** A recording under way. */
export interface PriceStreamRecording extends AsyncDisposable {
  /** Counters so far. */
  stats(): RecordingStats;
  /**
   * Stops listening, writes what waits and closes the file; a stream that was given stays open. Idempotent.
   * @throws TickmarkError `STREAM_FAILED` when not everything could be written.
   */
  close(): Promise<void>;
}

const WHERE = 'recordPriceStream';

/**
 * Records what a stream delivers from now on, prices, gaps and changes of status, in constant memory: to a new file, gzipped where
 * its name ends in `.gz`, or into a stream. `ReplayPriceStreamAdapter` plays it back. The stream is connected and
 * disconnected by the caller, and never waits for the disk.
 *
 * ```ts
 * const recording = await recordPriceStream(stream, 'today.jsonl.gz');
 * // …
 * await recording.close();
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted; `STREAM_FAILED` when the file cannot be made.
 */
export async function recordPriceStream(
  stream: PriceStreamAdapter,
  target: string | Writable,
  options: RecordPriceStreamOptions = {},
): Promise<PriceStreamRecording> {
  const { clock = systemClock, overwrite = false, flushMs = 1000, maxBuffered = 2 ** 24, onError } = options;
  const isFile = typeof target === 'string' && target !== '';
  if (!isFile && typeof (target as Partial<Writable> | null)?.write !== 'function')
    throw invalidArgument(`${WHERE}: target`, target, 'the path of a file, or a Writable');
  if (!(flushMs >= 0 && flushMs < 2 ** 31))
    throw invalidArgument(`${WHERE}: flushMs`, flushMs, 'ms from 0 to 2147483647');
  if (!(maxBuffered >= 1024)) throw invalidArgument(`${WHERE}: maxBuffered`, maxBuffered, 'at least 1024');
  const opened = isFile ? await fileTarget(target, overwrite) : streamTarget(target as Writable);
  return new StreamRecorder(stream, opened, { clock, flushMs, maxBuffered, onError });
}
