import { quote, TickmarkError } from '../../core/errors.js';
import { looksLikeLean } from './formats/lean-path.js';
import { isSession } from './formats/session.js';
import { knownColumns } from './formats/table/column-names.js';
import { fieldsOf, separatorOf } from './formats/table/separated-line.js';
import { missingColumns } from './formats/table/table-layout.js';
import type { RecordedFile } from './recording-format.js';

/** The error for a file of no known format: how it begins, what is accepted, and what the nearest format would need. */
export function unknownFormat(file: RecordedFile, accepted: string): TickmarkError {
  return new TickmarkError(
    'MALFORMED_INPUT',
    `Recorded file ${JSON.stringify(file.path)} begins with ${quote(file.firstLine)}, which is of no known format. ` +
      `Accepted are ${accepted}. ${nearestFormat(file)}`,
  );
}

function nearestFormat({ name, path, firstLine }: RecordedFile): string {
  if (isSession(firstLine))
    return 'It is a recorded session: set the option format to sessionRecording(venue).';
  if (looksLikeLean(name, firstLine) || /_(?:trade|quote|openinterest)\w*\.zip/i.test(path)) {
    return (
      'The nearest is lean: keep the path of LEAN for equity, forex, cfd, crypto, cryptofuture or index, such as ' +
      'equity/usa/minute/aapl/20131004_trade.zip; it says what is in the file.'
    );
  }
  if (/^\s*[{[]/.test(firstLine)) {
    return 'The nearest is jsonl: a JSON object with symbol, price and timestamp (ms since 1970) on each line.';
  }
  const fields = fieldsOf(firstLine, separatorOf(firstLine));
  if (fields && fields.length > 1) return `The nearest is csv: ${missingColumns(knownColumns(fields))}`;
  return 'Set the option format to one of these, or to a RecordingFormat of your own.';
}
