import { nearestName } from '../../core/option-names.js';
import { invalidArgument } from '../../core/errors.js';
import { binanceCombined } from './formats/binance-combined.js';
import { binanceVision } from './formats/binance-vision.js';
import { csv, ohlc } from './formats/csv.js';
import { jsonl } from './formats/jsonl.js';
import { lean } from './formats/lean.js';
import { tardis } from './formats/tardis.js';
import { tickmark } from './formats/tickmark.js';
import { yfinance } from './formats/yfinance.js';
import type { ReadingOptions } from './reading-options.js';
import type { RecordedFile, RecordingFormat } from './recording-format.js';
import { unknownFormat } from './unknown-format.js';

/** Name of a built-in format. */
export type BuiltInFormatName =
  | 'tickmark'
  | 'binance-combined'
  | 'binance-vision'
  | 'tardis'
  | 'lean'
  | 'yfinance'
  | 'ohlc'
  | 'csv'
  | 'jsonl';

const FORMATS: ReadonlyArray<RecordingFormat & { readonly name: BuiltInFormatName }> = [
  tickmark,
  binanceCombined,
  lean,
  tardis,
  binanceVision,
  yfinance,
  ohlc,
  csv,
  jsonl,
];

/** Names of the built-in formats, in the order in which they are detected. */
export const BUILT_IN_FORMATS: readonly BuiltInFormatName[] = FORMATS.map(({ name }) => name);

/** How the format of a file is chosen. `auto`: detected for each file; or the name of a built-in format; or your own format. */
export type FormatChoice = 'auto' | BuiltInFormatName | RecordingFormat;

/** Names of the built-in formats, for a message. */
export function acceptedFormats(): string {
  return `${BUILT_IN_FORMATS.join(', ')}, each plain, gzipped or in a zip archive`;
}

/** @throws TickmarkError `INVALID_ARGUMENT` for an unknown name. */
export function formatOf(where: string, choice: FormatChoice): RecordingFormat | 'auto' {
  if (choice === 'auto') return choice;
  if (typeof choice === 'object' && choice !== null && typeof choice.decoder === 'function') return choice;
  const format = FORMATS.find(({ name }) => name === choice);
  if (format) return format;
  const nearest = typeof choice === 'string' ? nearestName(choice, BUILT_IN_FORMATS) : undefined;
  const hint = nearest === undefined ? '' : `; nearest is ${nearest}`;
  throw invalidArgument(
    where,
    choice,
    `auto, a RecordingFormat, or one of ${BUILT_IN_FORMATS.join(', ')}${hint}`,
  );
}

/**
 * The format of a file.
 * @throws TickmarkError `MALFORMED_INPUT` if it is to be detected and is none of the built-in ones; `INVALID_ARGUMENT` if it does not heed an option that is given.
 */
export function chosenFormat(choice: RecordingFormat | 'auto', file: RecordedFile): RecordingFormat {
  const format: RecordingFormat | undefined =
    choice === 'auto' ? FORMATS.find((each) => each.detect(file)) : choice;
  if (!format) throw unknownFormat(file, acceptedFormats());
  const { name, heeds } = format;
  const unheeded = (Object.keys(file.options) as Array<keyof ReadingOptions>).find(
    (option) => heeds && !heeds.includes(option),
  );
  if (unheeded !== undefined) {
    throw invalidArgument(
      `${JSON.stringify(file.path)}: ${unheeded}`,
      file.options[unheeded],
      `no such option, as the format ${name} says it itself (${heeds!.length === 0 ? 'it heeds none' : `it heeds ${heeds!.join(' and ')}`})`,
    );
  }
  return format;
}
