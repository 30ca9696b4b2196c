import { readIsoTime } from '../../../core/iso-time.js';
import { updateFault, type PriceUpdate } from '../../../core/prices/price-update.js';
import {
  controlLine,
  rejectedLine,
  type LineDecoder,
  type LineNote,
  type RecordingFormat,
} from '../recording-format.js';

const REQUIRED = ['timestamp', 'symbol', 'price'] as const;
const OPTIONAL = ['bid', 'ask', 'currency', 'sequence', 'previousClose'] as const;
const NUMERIC: ReadonlySet<string> = new Set(['sequence']);

const HEADER = controlLine('header');
const NO_HEADER = rejectedLine('no-header');
const QUOTED = rejectedLine('quoted-field');
const WRONG_WIDTH = rejectedLine('wrong-number-of-fields');

type Column = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];

/**
 * Comma-separated values with a header: `timestamp`, `symbol` and `price`, and optionally `bid`, `ask`, `currency`, `sequence` and
 * `previousClose`, in any order. Other columns are ignored. Times are ms since 1970, or ISO 8601 with a zone (`2024-08-09T00:00:00.250Z`);
 * they are both the venue's time and the time of receipt. Quoted fields are rejected; an empty field is absent.
 */
export const csv = {
  name: 'csv',
  detect: (firstLine) => columnsOf(firstLine) !== undefined,
  decoder: (): LineDecoder => {
    const faults = new Map<string, LineNote>();
    let columns: readonly (Column | undefined)[] | undefined;
    return (line) => {
      if (line.includes('"')) return QUOTED;
      if (!columns) {
        columns = columnsOf(line);
        return columns ? HEADER : NO_HEADER;
      }
      const fields = line.split(',');
      if (fields.length !== columns.length) return WRONG_WIDTH;
      const update = updateOf(columns, fields);
      const fault = updateFault(update, true);
      if (fault === null) return update;
      let note = faults.get(fault);
      if (!note) faults.set(fault, (note = rejectedLine(fault)));
      return note;
    };
  },
} as const satisfies RecordingFormat;

function updateOf(columns: readonly (Column | undefined)[], fields: readonly string[]): PriceUpdate {
  const update: Record<string, string | number> = {};
  columns.forEach((column, index) => {
    const field = fields[index]!.trim();
    if (column === 'timestamp') update.timestamp = update.receivedAt = timeOf(field);
    else if (column !== undefined && field !== '')
      update[column] = NUMERIC.has(column) ? Number(field) : field;
  });
  return update as unknown as PriceUpdate;
}

function timeOf(field: string): number {
  if (/^\d{1,15}$/.test(field)) return Number(field);
  const time = readIsoTime(field);
  return typeof time === 'number' ? time : NaN;
}

function columnsOf(header: string): (Column | undefined)[] | undefined {
  const names = header.split(',').map((name) => name.trim());
  const known: readonly string[] = [...REQUIRED, ...OPTIONAL];
  if (!REQUIRED.every((name) => names.includes(name))) return undefined;
  return names.map((name) => (known.includes(name) ? (name as Column) : undefined));
}
