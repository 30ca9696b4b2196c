import { TickmarkError, quote } from '../core/errors.js';
import { Decimal } from '../core/money/decimal.js';
import { FORMS, timeOf } from '../core/portfolio/ledger/entry-fields.js';
import type { LedgerEntryInput, LedgerEntryType, TimeInput } from '../core/portfolio/ledger/ledger-entry.js';
import type { CsvRow } from './csv-row.js';

/** Fields of entries that come from a column. */
export type CsvField =
  | 'id'
  | 'at'
  | 'type'
  | 'symbol'
  | 'quantity'
  | 'price'
  | 'fee'
  | 'feeCurrency'
  | 'tax'
  | 'currency'
  | 'amount'
  | 'kind'
  | 'settlesAt';

/** How rows are read as entries. */
export interface CsvColumns {
  /** Names of columns, by field of the entry; `at` and `type` are needed. An empty cell counts as absent. */
  readonly columns: Readonly<Partial<Record<CsvField, string>>>;
  /** Types of entries, by the text in the column `type`; `null`: such rows are skipped. Without it, the cells hold the types themselves. */
  readonly types?: Readonly<Record<string, LedgerEntryType | null>>;
  /**
   * Decimal mark of numbers. With it, digits may be grouped in thousands: by `,` or `.`, whichever is not the mark, a space or an apostrophe.
   * Default: `.`, and no grouping.
   */
  readonly decimalMark?: '.' | ',';
  /** How the file writes fees and taxes that you pay. Default `'positive'`: `1.25`; `'negative'`: `-1.25`. */
  readonly costs?: 'positive' | 'negative';
  /** Reads a time. Default: ISO 8601 with a zone; any other text is refused. */
  readonly timeOf?: (text: string) => TimeInput;
  /** Id of a row's entry, for a file without a column of ids; the same each time the file is read. */
  readonly idOf?: (row: CsvRow) => string;
}

const TIMES: ReadonlySet<CsvField> = new Set(['at', 'settlesAt']);
const NUMBERS: ReadonlySet<CsvField> = new Set(['quantity', 'price', 'fee', 'tax', 'amount']);
const TRADES: ReadonlySet<string> = new Set(['buy', 'sell']);
const GROUPS = " '\u2019\u00A0\u202F";

/**
 * The entry that a row is; `null` for a row to skip.
 * @throws TickmarkError `MALFORMED_INPUT` that names line, column and value.
 */
export function entryOfRow(row: CsvRow, options: CsvColumns): LedgerEntryInput | null {
  const { columns, types, idOf } = options;
  const text = row.cell(columns.type!);
  const type = types ? types[text] : text;
  if (type === null) return null;
  const form = type === undefined ? undefined : FORMS.get(type);
  if (!form)
    throw cellFault(
      row,
      columns.type!,
      text,
      `one of ${Object.keys(types ?? {}).join(', ') || 'the types of entries'}`,
    );
  const entry: Record<string, unknown> = { type };
  if (idOf) entry.id = idOf(row);
  for (const [field, column] of Object.entries(columns) as Array<[CsvField, string]>) {
    if (field === 'type' || !form.names.has(field)) continue;
    // The money of a row is with costs in some files, and without in others.
    if (field === 'amount' && TRADES.has(type!)) continue;
    const cell = row.cell(column);
    if (cell !== '') entry[field] = valueOf(row, field, column, cell, options);
  }
  return signed(entry, options) as unknown as LedgerEntryInput;
}

function valueOf(row: CsvRow, field: CsvField, column: string, cell: string, options: CsvColumns): unknown {
  if (TIMES.has(field)) {
    const what = 'a time: ISO 8601 with a zone, or what timeOf() reads';
    return attempted(row, column, cell, what, () => timeOf(options.timeOf ? options.timeOf(cell) : cell, ''));
  }
  if (!NUMBERS.has(field)) return cell;
  return attempted(row, column, cell, 'a number', () => numberOf(cell, options.decimalMark));
}

function attempted<Value>(row: CsvRow, column: string, cell: string, what: string, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw cellFault(row, column, cell, what, cause);
  }
}

function numberOf(cell: string, mark: '.' | ',' | undefined): Decimal {
  if (mark === undefined) return Decimal.from(cell);
  const group = `[${mark === '.' ? ',' : '.'}${GROUPS}]`;
  const form = new RegExp(`^[+-]?(?:\\d+|\\d{1,3}(?:${group}\\d{3})+)(?:[${mark}]\\d+)?$`);
  if (!form.test(cell)) throw new TypeError('no number');
  return Decimal.from(cell.replace('+', '').replaceAll(new RegExp(group, 'g'), '').replace(',', '.'));
}

// Signs as the ledger has them: the type says which way units and money go.
function signed(entry: Record<string, unknown>, { costs }: CsvColumns): Record<string, unknown> {
  const { type } = entry;
  const change = (field: string, isNeeded: (value: Decimal) => boolean): void => {
    const value = entry[field] as Decimal | undefined;
    if (value && isNeeded(value)) entry[field] = value.negated();
  };
  const isNegative = ({ sign }: Decimal): boolean => sign < 0;
  if (type === 'sell' || type === 'transferOut') change('quantity', isNegative);
  if (type === 'withdrawal') change('amount', isNegative);
  if (costs === 'negative') {
    for (const field of ['fee', 'tax']) change(field, () => true);
    if (type === 'fee' || type === 'tax') change('amount', () => true);
  }
  // Files give the units that a dividend is paid on.
  if (type === 'income' && entry.amount !== undefined)
    for (const field of ['quantity', 'price']) delete entry[field];
  return entry;
}

function cellFault(
  row: CsvRow,
  column: string,
  cell: string,
  expected: string,
  cause?: unknown,
): TickmarkError {
  const message = `CsvFillStream: line ${row.line}, column ${quote(column)}: expected ${expected}, got ${quote(cell)}.`;
  return new TickmarkError('MALFORMED_INPUT', message, { cause });
}
