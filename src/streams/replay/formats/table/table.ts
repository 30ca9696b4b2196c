import { updateFault, type PriceUpdate } from '../../../../core/prices/price-update.js';
import { controlLine, type LineDecoder, type RecordedFile } from '../../recording-format.js';
import { rejections } from '../rejections.js';
import { timeReader, type TimeReader } from '../times/time-reader.js';
import { isTimeOfDay } from '../times/written-time.js';
import { middleOf } from './middle.js';
import { fieldsOf, separatorOf } from './separated-line.js';
import { layoutOf, type KnownTable, type TableLayout } from './table-layout.js';

const HEADER = controlLine('header');
const COMMENT = controlLine('comment');
/** Lines before the header: comments, the hint of a spreadsheet for its separator, the address of a vendor. */
const BEFORE_HEADER = /^\s*(?:#|\/\/|https?:|sep=)/i;

/** Whether a line stands before the header of a table, and is none. */
export function isComment(line: string): boolean {
  return BEFORE_HEADER.test(line);
}

/**
 * Makes the decoder of a table: rows of fields, with a header or without.
 * @param known What the format says about its files.
 * @throws TickmarkError `MALFORMED_INPUT` if the columns cannot be told from the options and the first line.
 */
export function tableDecoder(file: RecordedFile, known: KnownTable = {}): LineDecoder {
  const isTable =
    !isComment(file.firstLine) && fieldsOf(file.firstLine, separatorOf(file.firstLine))?.length !== 1;
  let table = isTable ? new Table(layoutOf(file, known, file.firstLine, true)!, file, known) : undefined;
  const rejected = rejections();
  return (line) => {
    if (table) return table.read(line);
    if (isComment(line)) return COMMENT;
    const layout = layoutOf(file, known, line, false);
    if (!layout) return rejected('no-header');
    table = new Table(layout, file, known);
    return table.read(line);
  };
}

const DOLLAR = 36;
const DETAILS = ['bid', 'ask', 'currency', 'previousClose'] as const;

class Table {
  readonly #layout: TableLayout;
  readonly #symbol: string | undefined;
  readonly #assume: (what: string) => void;
  readonly #timeOf: TimeReader;
  readonly #details: ReadonlyArray<readonly [name: string, column: number]>;
  readonly #rejected = rejections();

  constructor(layout: TableLayout, file: RecordedFile, { timeUnit }: KnownTable) {
    this.#layout = layout;
    this.#symbol = layout.symbol;
    this.#assume = (what) => file.assume(what);
    this.#details = DETAILS.flatMap((name) => {
      const column = layout.columns[name];
      return column === undefined ? [] : [[name, column] as const];
    });
    const { timeZone } = layout;
    const said = {
      ...(timeUnit === undefined ? {} : { timeUnit }),
      ...(timeZone === undefined ? {} : { timeZone }),
    };
    this.#timeOf = timeReader({ ...said, ...file.options }, this.#assume);
  }

  read(line: string): ReturnType<LineDecoder> {
    const { separator, columns, width, headerLine } = this.#layout;
    if (line === headerLine) return HEADER;
    const fields = fieldsOf(line, separator);
    if (fields === null) return this.#rejected('quote-does-not-end');
    if (
      fields.length !== width &&
      !(fields.length > width && fields.slice(width).every((each) => each === ''))
    )
      return this.#rejected('wrong-number-of-fields');
    const timestamp = this.#timeOf(timeText(fields, columns));
    const price = columns.price === undefined ? '' : this.#withoutSign(fields[columns.price]!);
    // Where trades and quotes are in one table, quotes have no price.
    const isQuote = price === '' && columns.bid !== undefined && columns.ask !== undefined;
    const middle = isQuote ? this.#middleOf(fields[columns.bid]!, fields[columns.ask]!) : undefined;
    const symbol = columns.symbol === undefined ? this.#symbol : fields[columns.symbol];
    const update: Record<string, unknown> = {
      symbol,
      price: middle?.text ?? price,
      timestamp,
      receivedAt: timestamp,
    };
    // A missing symbol says more than a missing price, and that more than the time.
    if (symbol === '') return this.#rejected('empty-symbol');
    if (middle?.fault !== undefined) return this.#rejected(middle.fault);
    if (price.includes(',')) return this.#rejected('comma-in-price');
    if (typeof timestamp === 'string') return this.#rejected(timestamp);
    for (const [name, column] of this.#details) if (fields[column] !== '') update[name] = fields[column];
    if (columns.sequence !== undefined && /^\d{1,15}$/.test(fields[columns.sequence]!))
      update.sequence = Number(fields[columns.sequence]);
    if (columns.receivedAt !== undefined) {
      const receivedAt = this.#timeOf(fields[columns.receivedAt]!);
      if (typeof receivedAt === 'number') update.receivedAt = receivedAt;
    }
    const found = updateFault(update as unknown as PriceUpdate, true);
    return found === null ? (update as unknown as PriceUpdate) : this.#rejected(found);
  }

  /** A price as Nasdaq writes it, `$231.50`, without the sign. */
  #withoutSign(price: string): string {
    if (price.charCodeAt(0) !== DOLLAR) return price;
    this.#assume('the sign $ before prices says nothing more');
    return price.slice(1);
  }

  #middleOf(bid: string, ask: string): ReturnType<typeof middleOf> {
    this.#assume('the price of a quote is the middle of bid and ask');
    return middleOf(bid, ask);
  }
}

function timeText(fields: readonly string[], { time, date }: TableLayout['columns']): string {
  const text = fields[time!]!;
  return date !== undefined && isTimeOfDay(text) ? `${fields[date]} ${text}` : text;
}
