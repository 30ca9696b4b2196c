import type { Writable } from 'node:stream';
import type { Output } from './output.js';
import type { CheckedPortfolio } from './replay/check.js';
import type { RowsReport } from './replay/rows-report.js';
import type { Row } from './rows.js';
import { StderrProgress } from './stderr-progress.js';
import type { Summary } from './summary.js';

/** One JSON object per line, and nothing else; progress goes to stderr. */
export class JsonLines implements Output {
  readonly intervalMs = 1000;
  readonly #out: Writable;
  readonly #progress = new StderrProgress();

  constructor(out: Writable) {
    this.#out = out;
  }

  show(rows: readonly Row[], progress: string | null): void {
    if (progress !== null) this.#progress.write(progress);
    const time = new Date().toISOString();
    for (const { id, partial, ...row } of rows)
      this.#write({ type: 'value', time, portfolio: id, ...row, complete: partial === '', missing: partial });
  }

  tell(progress: string): void {
    this.#progress.tell(progress);
  }

  rows(report: RowsReport): void {
    this.#write({ type: 'rows', ...report });
  }

  checked(portfolios: readonly CheckedPortfolio[]): void {
    for (const { id, ...rest } of portfolios) this.#write({ type: 'portfolio', portfolio: id, ...rest });
  }

  end(summary: Summary): void {
    const { rows: _, ...rest } = summary;
    this.#write({ type: 'summary', ...rest });
  }

  close(): void {
    // Nothing was opened.
  }

  #write(value: Readonly<Record<string, unknown>>): void {
    this.#out.write(`${JSON.stringify(value)}\n`);
  }
}
