import type { WriteStream } from 'node:tty';
import { JsonLines } from './output-json.js';
import { LiveTable } from './output-live.js';
import { PlainLines } from './output-plain.js';
import type { CheckedPortfolio } from './replay/check.js';
import type { Row } from './rows.js';
import type { Summary } from './summary.js';

/** Where a run is shown. */
export interface Output {
  /** Time from one `show` to the next, in ms. */
  readonly intervalMs: number;
  /** The values of the moment; `progress` says how far a replay has come. */
  show(rows: readonly Row[], progress: string | null): void;
  /** How far something has come before there are values. */
  tell(progress: string): void;
  /** What a replayed portfolio came to, and what it should have come to. */
  checked(portfolios: readonly CheckedPortfolio[]): void;
  /** The end. */
  end(summary: Summary): void;
  /** Gives the terminal back. */
  close(): void;
}

/** JSON where it is asked for, a live table in a terminal, plain lines anywhere else. */
export function outputFor(json: boolean, stdout: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Output {
  if (json) return new JsonLines(stdout);
  if (!stdout.isTTY || env.TERM === 'dumb') return new PlainLines(stdout);
  const color = (env.NO_COLOR ?? '') === '';
  return new LiveTable(stdout as WriteStream, color);
}
