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

const MAX_EDITS = 3;

/** The name that differs least from what was written; `undefined` if none is near. */
export function nearestName(given: unknown, names: readonly string[]): string | undefined {
  if (typeof given !== 'string') return undefined;
  const text = given.toLowerCase();
  const contained = names.find((name) => text.includes(name) || (text.length > 2 && name.includes(text)));
  if (contained !== undefined) return contained;
  const [nearest] = names
    .map((name) => ({ name, edits: editsBetween(text.slice(0, 32), name) }))
    .sort((a, b) => a.edits - b.edits);
  return nearest && nearest.edits <= Math.min(MAX_EDITS, Math.max(2, nearest.name.length / 2))
    ? nearest.name
    : undefined;
}

/** How many letters have to be changed, added or left out. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (isSame ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
