import { invalidArgument } from '../../core/errors.js';
import { binanceCombined } from './formats/binance-combined.js';
import { csv } from './formats/csv.js';
import { jsonl } from './formats/jsonl.js';
import { leanTrade } from './formats/lean-trade.js';
import { tickmark } from './formats/tickmark.js';
import type { RecordingFormat } from './recording-format.js';

/** The built-in formats, in the order in which they are detected. */
export const BUILT_IN_FORMATS: readonly (RecordingFormat & { readonly name: BuiltInFormatName })[] = [
  tickmark,
  binanceCombined,
  leanTrade,
  csv,
  jsonl,
];

/** Name of a built-in format. */
export type BuiltInFormatName = 'tickmark' | 'binance-combined' | 'lean-trade' | 'csv' | 'jsonl';

/** How the format of a file is chosen. `auto`: detected for each file; or the name of a built-in format; or your own format. */
export type FormatChoice = 'auto' | BuiltInFormatName | RecordingFormat;

/** Names of the built-in formats, for a message. */
export function acceptedFormats(): string {
  return `${BUILT_IN_FORMATS.map(({ name }) => name).join(', ')}, each plain or gzipped`;
}

/** @throws TickmarkError `INVALID_ARGUMENT` for an unknown name. */
export function formatOf(where: string, choice: FormatChoice): RecordingFormat | 'auto' {
  if (choice === 'auto') return choice;
  if (typeof choice === 'object' && choice !== null && typeof choice.decoder === 'function') return choice;
  const format = BUILT_IN_FORMATS.find(({ name }) => name === choice);
  if (!format)
    throw invalidArgument(where, choice, `auto, a RecordingFormat, or one of ${acceptedFormats()}`);
  return format;
}
