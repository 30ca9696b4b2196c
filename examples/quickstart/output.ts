import type { WriteStream } from 'node:tty';
import { JsonLines } from './output-json.js';
import { LiveTable } from './output-live.js';
import { PlainLines } from './output-plain.js';
import type { CheckedPortfolio } from './replay/check.js';
import type { RowsReport } from './replay/rows-report.js';
import type { Row } from './rows.js';
import type { Summary } from './summary.js';

/** Where a run is displayed. */
export interface Output {
  /** Time from one `show` to the next, in ms. */
  readonly intervalMs: number;
  /** Current values; `progress` is that of a replay. */
  show(rows: readonly Row[], progress: string | null): void;
  /** Progress before there are values. */
  tell(progress: string): void;
  /** What became of the rows of recorded files. */
  rows(report: RowsReport): void;
  /** The value of a replayed portfolio, and the expected one. */
  checked(portfolios: readonly CheckedPortfolio[]): void;
  /** The end. */
  end(summary: Summary): void;
  /** Restores the terminal. */
  close(): void;
}

/** JSON on request, a live table in a terminal, plain lines elsewhere. */
export function outputFor(json: boolean, stdout: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Output {
  if (json) return new JsonLines(stdout);
  if (!stdout.isTTY || env.TERM === 'dumb') return new PlainLines(stdout);
  const color = (env.NO_COLOR ?? '') === '';
  return new LiveTable(stdout as WriteStream, color);
}
