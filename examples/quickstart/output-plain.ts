import type { Writable } from 'node:stream';
import { age, gain, money, percent, share } from './figures.js';
import type { Output } from './output.js';
import { checkLines, type CheckedPortfolio } from './replay/check.js';
import { rowsLines, type RowsReport } from './replay/rows-report.js';
import type { Row } from './rows.js';
import { StderrProgress } from './stderr-progress.js';
import { summaryLines, type Summary } from './summary.js';
import { Trends } from './trends.js';

/** One line per portfolio and second, without escape codes. */
export class PlainLines implements Output {
  readonly intervalMs = 1000;
  readonly #out: Writable;
  readonly #trends = new Trends();
  readonly #progress = new StderrProgress();

  constructor(out: Writable) {
    this.#out = out;
  }

  show(rows: readonly Row[], progress: string | null): void {
    if (progress !== null) this.#progress.write(progress);
    this.#trends.note(rows);
    const time = new Date().toISOString().slice(11, 19);
    for (const row of rows) this.#line(`${time}  ${plainRow(row, this.#trends.glyph(row.id))}`);
  }

  tell(progress: string): void {
    this.#progress.tell(progress);
  }

  rows(report: RowsReport): void {
    for (const line of rowsLines(report)) this.#line(line);
  }

  checked(portfolios: readonly CheckedPortfolio[]): void {
    for (const line of checkLines(portfolios)) this.#line(line);
  }

  end(summary: Summary): void {
    for (const line of summaryLines(summary)) this.#line(line);
  }

  close(): void {
    // Nothing was opened.
  }

  #line(line: string): void {
    this.#out.write(`${line}\n`);
  }
}

function plainRow(row: Row, glyph: string): string {
  const value = `${money(row.marketValue)} ${row.currency}`;
  const parts = [
    `${row.id.padEnd(12)} ${value.padStart(18)} ${glyph}`,
    `P&L ${gain(row.unrealizedPnl)} (${percent(row.percent)})`,
    `priced ${share(row.pricedShare)}`,
    `age ${age(row.ageMs)}`,
  ];
  return [...parts, ...(row.partial === '' ? [] : [`partial: ${row.partial}`])].join('  ');
}
