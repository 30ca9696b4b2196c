import { age, gain, money, percent, share } from './figures.js';
import type { Row } from './rows.js';

/** Direction of the last move of a value. */
export type Trend = 'up' | 'down' | 'none';

export interface TableOptions {
  /** Longest line, in characters. */
  readonly width: number;
  readonly color: boolean;
  readonly trends: ReadonlyMap<string, Trend>;
}

interface Column {
  readonly title: string;
  readonly least: number;
  readonly text: (row: Row) => string;
  readonly trend?: (row: Row) => Trend;
}

const GLYPHS: Record<Trend, string> = { up: '▲', down: '▼', none: ' ' };
const COLORS: Record<Trend, string> = { up: '\x1b[32m', down: '\x1b[31m', none: '' };
// Columns dropped on a narrow terminal, in this order.
const SPARE = ['age', 'priced', '%', 'unrealized P&L'];

/** The table as lines, without line breaks. */
export function tableLines(rows: readonly Row[], options: TableOptions): string[] {
  const { color, width, trends } = options;
  const value = (row: Row): Trend => trends.get(row.id) ?? 'none';
  let columns: Column[] = [
    { title: 'portfolio', least: 10, text: ({ id }) => id },
    { title: 'market value', least: 18, trend: value, text: (row) => `${amount(row)} ${GLYPHS[value(row)]}` },
    { title: 'unrealized P&L', least: 14, trend: sign, text: (row) => gain(row.unrealizedPnl) },
    { title: '%', least: 8, trend: sign, text: (row) => percent(row.percent) },
    { title: 'priced', least: 6, text: (row) => share(row.pricedShare) },
    { title: 'age', least: 6, text: (row) => age(row.ageMs) },
  ];
  const widthOf = ({ title, least, text }: Column): number =>
    Math.max(least, title.length, ...rows.map((row) => text(row).length));
  const total = (): number => columns.reduce((sum, column) => sum + widthOf(column) + 2, -2);
  for (const spare of SPARE) if (total() > width) columns = columns.filter(({ title }) => title !== spare);
  const line = (cell: (column: Column) => string, paint: (column: Column) => Trend): string =>
    columns
      .map((column, at) => {
        const text = at === 0 ? cell(column).padEnd(widthOf(column)) : cell(column).padStart(widthOf(column));
        const code = color ? COLORS[paint(column)] : '';
        return code === '' ? text : `${code}${text}\x1b[0m`;
      })
      .join('  ');
  return [
    line(
      ({ title }) => title,
      () => 'none',
    ),
    ...rows.map((row) =>
      line(
        ({ text }) => text(row),
        ({ trend }) => trend?.(row) ?? 'none',
      ),
    ),
    ...rows
      .filter(({ partial }) => partial !== '')
      .map(({ id, partial }) => `* ${id} is partial: ${partial}`),
  ];
}

function amount({ marketValue, currency, partial }: Row): string {
  return `${money(marketValue)} ${currency}${partial === '' ? ' ' : '*'}`;
}

function sign({ unrealizedPnl }: Row): Trend {
  return unrealizedPnl.sign > 0 ? 'up' : unrealizedPnl.sign < 0 ? 'down' : 'none';
}
