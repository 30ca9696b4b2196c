import type { WriteStream } from 'node:tty';
import type { Output } from './output.js';
import { checkLines, type CheckedPortfolio } from './replay/check.js';
import { rowsLines, type RowsReport } from './replay/rows-report.js';
import type { Row } from './rows.js';
import { Screen } from './screen.js';
import { summaryLines, type Summary } from './summary.js';
import { tableLines } from './table.js';
import { Trends } from './trends.js';

/** A table that is redrawn in place. */
export class LiveTable implements Output {
  readonly intervalMs = 125;
  readonly #terminal: WriteStream;
  readonly #color: boolean;
  readonly #screen: Screen;
  readonly #trends = new Trends();
  #table: readonly string[] = [];

  constructor(terminal: WriteStream, color: boolean) {
    this.#terminal = terminal;
    this.#color = color;
    this.#screen = new Screen(terminal);
  }

  show(rows: readonly Row[], progress: string | null): void {
    this.#trends.note(rows);
    this.#table = tableLines(rows, {
      width: this.#screen.columns,
      color: this.#color,
      trends: this.#trends.all,
    });
    this.#screen.draw(progress === null ? this.#table : [...this.#table, progress]);
  }

  tell(progress: string): void {
    this.#screen.draw([...this.#table, progress]);
  }

  rows(report: RowsReport): void {
    this.#screen.close();
    for (const line of rowsLines(report)) this.#terminal.write(`${line}\n`);
  }

  checked(portfolios: readonly CheckedPortfolio[]): void {
    this.#screen.close();
    for (const line of checkLines(portfolios)) this.#terminal.write(`${line}\n`);
  }

  end(summary: Summary): void {
    this.#screen.close();
    for (const line of summaryLines(summary)) this.#terminal.write(`${line}\n`);
  }

  close(): void {
    this.#screen.close();
  }
}
