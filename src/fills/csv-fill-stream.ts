import { errorReporter } from '../core/error-reporter.js';
import { TickmarkError } from '../core/errors.js';
import { errorText } from '../core/error-text.js';
import type { Fill, FillStream } from '../core/fills/fill-stream.js';
import { checkNumber } from '../core/options.js';
import { readEntry } from '../core/portfolio/ledger/entry-reader.js';
import type { LedgerEntryInput } from '../core/portfolio/ledger/ledger-entry.js';
import { entryOfRow } from './csv-entry.js';
import { checkCsvOptions, type CsvFillStreamOptions, type CsvSource } from './csv-fill-stream-options.js';
import { CsvReader, type CsvRecord } from './csv-reader.js';
import { CsvHeader, type CsvRow } from './csv-row.js';
import { ABORTED, untilAborted } from './until-aborted.js';
import { keepRaw } from '../core/keep-raw.js';

/** Counters of a {@link CsvFillStream}. */
export interface CsvFillStreamStats {
  /** Rows below the header. */
  readonly rows: number;
  /** Fills of them. */
  readonly fills: number;
  /** Rows to skip. */
  readonly skipped: number;
  /** Rows that cannot be read. */
  readonly malformed: number;
}

/**
 * The activity file of a broker: comma-separated values with a header (RFC 4180). A file that is read twice books once, since ids of entries are those of
 * a column, or made by `idOf`.
 *
 * - Only the fields that a type of entry has are taken from a row. A sale or a withdrawal may be written with a minus. `amount` is not taken of trades:
 *   their `quantity`, `price`, `fee` and `tax` say it.
 * - A row that cannot be read is reported with its line, column and value. A column that is missing ends the stream.
 * - It ends with the file. After a read that was stopped, the next one continues at what was not processed.
 * @example
 * ```ts
 * import { CsvFillStream } from 'tickmark/fills';
 *
 * const stream = new CsvFillStream({
 *   source: 'Id,Time,Action,Ticker,Units,Price\n17,2026-03-02T14:30:00Z,SLD,IBM,-10,250.10\n',
 *   account: 'U1',
 *   columns: { id: 'Id', at: 'Time', type: 'Action', symbol: 'Ticker', quantity: 'Units', price: 'Price' },
 *   types: { BOT: 'buy', SLD: 'sell' },
 * });
 * for await (const messages of stream.read()) console.log(messages.length); // 1
 * ```
 */
export class CsvFillStream implements FillStream {
  static {
    keepRaw(this);
  }

  readonly #options: CsvFillStreamOptions;
  readonly #listSize: number;
  readonly #report: (error: TickmarkError) => void;
  readonly #reader: CsvReader;
  readonly #chunks: AsyncIterator<string | Uint8Array> | Iterator<string | Uint8Array>;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #counters = { rows: 0, fills: 0, skipped: 0, malformed: 0 };
  #header: CsvHeader | null = null;
  /** A chunk that was asked for by a read that was stopped. */
  #next: Promise<IteratorResult<string | Uint8Array, unknown>> | null = null;
  /** Records of the last chunk. */
  #records: Iterator<CsvRecord> = [][Symbol.iterator]();
  #isAtEnd = false;
  /** Why it cannot continue. */
  #failure: TickmarkError | null = null;
  /** What was not processed yet. */
  #pending: Fill[] = [];

  /** @throws TickmarkError `INVALID_ARGUMENT` for options that are missing, wrong, or exclude each other. */
  constructor(options: CsvFillStreamOptions) {
    checkCsvOptions(options);
    const { source, separator = ',', listSize = 100 } = options;
    checkNumber('CsvFillStream: listSize', listSize, { from: 1, isWhole: true });
    this.#options = options;
    this.#listSize = listSize;
    this.#report = errorReporter(options);
    this.#reader = new CsvReader(separator);
    this.#chunks = chunksOf(source);
  }

  /** Counters. */
  stats(): CsvFillStreamStats {
    return { ...this.#counters };
  }

  async *read({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<readonly Fill[]> {
    while (!signal?.aborted) {
      if (this.#failure) throw this.#failure;
      this.#readRecords();
      if (this.#pending.length > 0) {
        const list = this.#pending.slice(0, this.#listSize);
        yield list;
        this.#pending.splice(0, list.length);
      } else {
        if (this.#isAtEnd) return;
        await this.#readChunk(signal);
      }
    }
  }

  async #readChunk(signal: AbortSignal | undefined): Promise<void> {
    try {
      const result = await untilAborted((this.#next ??= Promise.resolve(this.#chunks.next())), signal);
      if (result === ABORTED) return;
      this.#next = null;
      this.#records = result.done ? this.#ending() : this.#reader.read(this.#textOf(result.value));
    } catch (cause) {
      this.#failure = new TickmarkError(
        'STREAM_FAILED',
        'CsvFillStream: the source failed, or its bytes are not UTF-8; text of another encoding is handed in as strings.',
        { cause },
      );
    }
  }

  #ending(): Generator<CsvRecord> {
    // Fails if the file ends within a character.
    this.#decoder.decode();
    this.#isAtEnd = true;
    return this.#reader.end();
  }

  #textOf(chunk: string | Uint8Array): string {
    return typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true });
  }

  // Until there are enough for a list.
  #readRecords(): void {
    while (this.#pending.length < this.#listSize) {
      const { done, value } = this.#records.next();
      if (done) return;
      if (this.#header) this.#readRow(this.#header, value);
      else this.#readHeader(value);
      if (this.#failure) return;
    }
  }

  #readHeader(record: CsvRecord): void {
    const { columns = {}, account } = this.#options;
    try {
      if (record.fault !== null) throw rowFault(record, record.fault);
      const header = new CsvHeader(record);
      const named = [...Object.values(columns), ...(typeof account === 'string' ? [] : [account.column])];
      for (const column of named) header.indexOf(column);
      this.#header = header;
    } catch (error) {
      this.#failure = error as TickmarkError;
    }
  }

  #readRow(header: CsvHeader, record: CsvRecord): void {
    this.#counters.rows++;
    try {
      if (record.fault !== null) throw rowFault(record, record.fault);
      const { length } = record.cells;
      if (length !== header.width)
        throw rowFault(record, `${length} cells, and the header has ${header.width}`);
      const fills = this.#fillsOf(header.rowOf(record));
      if (fills.length === 0) this.#counters.skipped++;
      this.#counters.fills += fills.length;
      this.#pending.push(...fills);
    } catch (cause) {
      this.#counters.malformed++;
      this.#report(isMalformed(cause) ? cause : rowFault(record, errorText(cause), cause));
    }
  }

  #fillsOf(row: CsvRow): Fill[] {
    const { account: given, entryOf, columns } = this.#options;
    const found = entryOf ? entryOf(row) : entryOfRow(row, { ...this.#options, columns: columns! });
    const entries =
      found === null
        ? []
        : Array.isArray(found)
          ? (found as readonly LedgerEntryInput[])
          : [found as LedgerEntryInput];
    if (entries.length === 0) return [];
    const account = typeof given === 'string' ? given : row.cell(given.column);
    if (account === '') throw rowFault(row, 'no account');
    return entries.map((entry): Fill => {
      readEntry(entry);
      return { type: 'fill', account, entry };
    });
  }
}

function chunksOf(source: CsvSource): AsyncIterator<string | Uint8Array> | Iterator<string | Uint8Array> {
  if (typeof source === 'string' || source instanceof Uint8Array) return [source][Symbol.iterator]();
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

const isMalformed = (error: unknown): error is TickmarkError =>
  error instanceof TickmarkError && error.code === 'MALFORMED_INPUT';

function rowFault({ line }: { readonly line: number }, why: string, cause?: unknown): TickmarkError {
  return new TickmarkError('MALFORMED_INPUT', `CsvFillStream: line ${line}: ${why}`, { cause });
}
