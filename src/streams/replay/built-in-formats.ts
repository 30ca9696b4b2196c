import { invalidArgument } from '../../core/errors.js';
import { binanceCombined } from './formats/binance-combined.js';
import { csv } from './formats/csv.js';
import { jsonl } from './formats/jsonl.js';
import { leanTrade } from './formats/lean-trade.js';
import { tickmark } from './formats/tickmark.js';
import type { RecordingFormat } from './recording-format.js';

/** Formats that are read without help, in the order they are looked for. */
export const BUILT_IN_FORMATS = [tickmark, binanceCombined, leanTrade, csv, jsonl] as const;

/** Name of a built-in format. */
export type BuiltInFormatName = (typeof BUILT_IN_FORMATS)[number]['name'];

/** How a format is chosen: looked for in each file, by name, or one of your own. */
export type FormatChoice = 'auto' | BuiltInFormatName | RecordingFormat;

/** The built-in formats, for a message. */
export function acceptedFormats(): string {
  return `${BUILT_IN_FORMATS.map(({ name }) => name).join(', ')}, each plain or gzipped`;
}

/** @throws TickmarkError `INVALID_ARGUMENT` for a name that no built-in format has. */
export function formatOf(where: string, choice: FormatChoice): RecordingFormat | 'auto' {
  if (choice === 'auto') return choice;
  if (typeof choice === 'object' && choice !== null && typeof choice.decoder === 'function') return choice;
  const format = BUILT_IN_FORMATS.find(({ name }) => name === choice);
  if (!format)
    throw invalidArgument(where, choice, `auto, a RecordingFormat, or one of ${acceptedFormats()}`);
  return format;
}
