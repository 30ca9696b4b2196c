import { invalidArgument, type TickmarkError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { FORMS } from '../core/portfolio/ledger/entry-fields.js';
import type { LedgerEntryInput } from '../core/portfolio/ledger/ledger-entry.js';
import type { CsvColumns } from './csv-entry.js';
import type { CsvRow } from './csv-row.js';
import { ERROR_RECEIVERS, checkOptions, type OptionShapes } from '../core/options.js';

/** Text of a CSV file: the whole, or chunks of it; bytes are UTF-8. A stream of Node fits, and the body of a response. */
export type CsvSource =
  string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** Options of `CsvFillStream`: `columns`, or `entryOf`. */
export interface CsvFillStreamOptions extends Partial<CsvColumns> {
  /** The file. It is read once: you open it, and close it after a read that was stopped. */
  readonly source: CsvSource;
  /** Name of the account in messages, or the column that has it. */
  readonly account: string | { readonly column: string };
  /** The entries of a row, in place of `columns`; `null` for a row to skip. Ids must be the same each time the file is read. */
  readonly entryOf?: (row: CsvRow) => LedgerEntryInput | readonly LedgerEntryInput[] | null;
  /** Character between cells. Default `','`. */
  readonly separator?: string;
  /** Most fills in a list. Default 100. */
  readonly listSize?: number;
  /** Called with each row that cannot be read (`MALFORMED_INPUT`); the others are delivered. */
  readonly onError?: (error: TickmarkError) => void;
  /** Logs what `onError` gets. */
  readonly logger?: Logger;
}

const SHAPES: OptionShapes<CsvFillStreamOptions> = {
  ...ERROR_RECEIVERS,
  source: true,
  account: true,
  entryOf: 'function',
  separator: true,
  listSize: true,
  columns: true,
  types: true,
  decimalMark: true,
  costs: true,
  timeOf: 'function',
  idOf: 'function',
};

/** @throws TickmarkError `INVALID_ARGUMENT` for options that are missing, wrong, or exclude each other. */
export function checkCsvOptions(options: CsvFillStreamOptions): void {
  checkOptions('CsvFillStream', options, SHAPES);
  const { source, account, entryOf, columns, types, idOf, separator, decimalMark } = options;
  const check = (isGood: boolean, name: string, given: unknown, expected: string): void => {
    if (!isGood) throw invalidArgument(`CsvFillStream: ${name}`, given, expected);
  };
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
  const isIterable =
    typeof source === 'object' &&
    source !== null &&
    (Symbol.asyncIterator in source || Symbol.iterator in source);
  check(typeof source === 'string' || isIterable, 'source', source, 'text, or chunks of it');
  check(
    isText(account) || isText((account as { column?: unknown } | null)?.column),
    'account',
    account,
    'a name, or { column }',
  );
  check((entryOf === undefined) !== (columns === undefined), 'columns', columns, 'either columns or entryOf');
  if (columns) {
    check(
      isText(columns.at) && isText(columns.type),
      'columns',
      columns,
      'at least the columns of at and type',
    );
    const expected = 'a column of ids, or idOf() that makes them: a file that is read twice must book once';
    check((columns.id === undefined) !== (idOf === undefined), 'columns.id', columns.id, expected);
  }
  for (const type of Object.values(types ?? {}))
    check(type === null || FORMS.has(type), 'types', type, `null, or one of ${[...FORMS.keys()].join(', ')}`);
  check(
    separator === undefined || /^[^"\r\n]$/.test(separator),
    'separator',
    separator,
    'one character, no quote',
  );
  check(
    decimalMark === undefined || decimalMark === '.' || decimalMark === ',',
    'decimalMark',
    decimalMark,
    '"." or ","',
  );
}
