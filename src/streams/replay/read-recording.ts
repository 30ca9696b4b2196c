import type { PriceUpdate } from '../../core/prices/price-update.js';
import { formatOf, type FormatChoice } from './built-in-formats.js';
import { LineCounter, type LineCounts } from './line-counter.js';
import { isPrice } from './recording-format.js';
import { READING_OPTIONS, readReadingOptions, type ReadingOptions } from './reading-options.js';
import { RecordingReader } from './recording-reader.js';
import { SIGNAL, checkOptions } from '../../core/options.js';

/** Options of {@link readRecording}. */
export interface ReadRecordingOptions extends ReadingOptions {
  /** Format of the file. Default `auto`: detected among the built-in formats. */
  readonly format?: FormatChoice;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
  /** Called at the end with the counts of the lines. If it throws or rejects, so does the iteration. */
  readonly onEnd?: (counts: LineCounts) => unknown;
}

/**
 * Reads the prices of a recorded file, plain, gzipped or in a zip archive, in the order of the file and in constant memory. Gaps and changes of status are
 * only counted.
 *
 * @example
 * ```ts
 * import { readRecording } from 'tickmark/replay';
 *
 * for await (const update of readRecording('trades.csv.gz')) console.log(update.symbol, update.price);
 *
 * // Bars with local times; the symbol is from the name of the file.
 * const bars = readRecording('AAPL.csv', {
 *   timeZone: 'America/New_York',
 *   onEnd: ({ priceLines, rejected }) => console.log(priceLines, rejected),
 * });
 * for await (const { symbol, price } of bars) console.log(symbol, price);
 * ```
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for an unknown format name or an option outside what is accepted. The iteration throws `STREAM_FAILED` if the file is missing or cannot
 * be read to its end, `MALFORMED_INPUT` if its format is not detected or needs what the file does not have, and `INVALID_ARGUMENT` for an
 * option that the format does not heed.
 */
export function readRecording(file: string, options: ReadRecordingOptions = {}): AsyncIterable<PriceUpdate> {
  checkOptions('readRecording', options, {
    ...READING_OPTIONS,
    format: true,
    ...SIGNAL,
    onEnd: 'function',
  });
  const { signal, onEnd } = options;
  const reading = {
    format: formatOf('readRecording: format', options.format ?? 'auto'),
    options: readReadingOptions('readRecording', options),
  };
  return {
    async *[Symbol.asyncIterator]() {
      const counter = new LineCounter();
      const reader = await RecordingReader.open(file, reading, counter);
      for await (const messages of reader.batches(signal)) yield* messages.filter(isPrice);
      // There is no receiver of errors here but the reader.
      await onEnd?.(counter.counts());
    },
  };
}
