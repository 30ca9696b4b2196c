import type { PriceUpdate } from '../../core/prices/price-update.js';
import { formatOf, type FormatChoice } from './built-in-formats.js';
import { LineCounter, type LineCounts } from './line-counter.js';
import { isPrice } from './recording-format.js';
import { RecordingReader } from './recording-reader.js';

/** Options of {@link readRecording}. */
export interface ReadRecordingOptions {
  /** How the file is written. Default `auto`: looked for among the built-in formats. */
  readonly format?: FormatChoice;
  /** Ends the reading; the iteration then just ends. */
  readonly signal?: AbortSignal;
  /** Hears at the end what the lines came to. */
  readonly onEnd?: (counts: LineCounts) => void;
}

/**
 * The prices of a recorded file, plain or gzipped, in the order of the file and in constant memory. Gaps and
 * changes of status are counted only.
 *
 * ```ts
 * for await (const update of readRecording('trades.csv.gz')) console.log(update.symbol, update.price);
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an unknown format; on iteration `STREAM_FAILED` when the file is missing or
 * cannot be read to its end, `MALFORMED_INPUT` when its format is not known.
 */
export function readRecording(file: string, options: ReadRecordingOptions = {}): AsyncIterable<PriceUpdate> {
  const { signal, onEnd } = options;
  const format = formatOf('readRecording: format', options.format ?? 'auto');
  return {
    async *[Symbol.asyncIterator]() {
      const tally = new LineCounter();
      const reader = await RecordingReader.open(file, format, tally);
      for await (const messages of reader.batches(signal)) yield* messages.filter(isPrice);
      onEnd?.(tally.counts());
    },
  };
}
