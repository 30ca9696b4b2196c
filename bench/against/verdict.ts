import { spread } from '../harness.js';
import type { MeasuredPart } from './alternation.js';
import { isWithin, pairedChange, type Change } from './paired-change.js';

/** What is said of one part. */
export interface Verdict extends MeasuredPart {
  readonly change: Change;
  /** Whether the change is within what is allowed, where that was asked. */
  readonly met?: boolean;
}

/** Compares what was measured of a part, and judges it where a limit in percent is given. */
export function verdictOf(part: MeasuredPart, within?: number): Verdict {
  const change = pairedChange(part.pairs);
  return { ...part, change, ...(within !== undefined && { met: isWithin(change, within) }) };
}

/** A verdict for people. */
export function verdictText({ name, operation, pairs, change, met }: Verdict, within?: number): string {
  const older = spread(pairs.map((pair) => pair.older)).median;
  const newer = spread(pairs.map((pair) => pair.newer)).median;
  const sure = `${(Math.floor(change.confidence * 1000) / 10).toFixed(1)} % confidence`;
  const judged =
    met === undefined
      ? ''
      : `\n    at most ${within} %, bound below ${2 * within!} %: ${met ? 'met' : 'NOT met'}`;
  return `  ${name}
    ${older.toPrecision(4)} -> ${newer.toPrecision(4)} µs of processor time per ${operation}
    ${signed(change.median)} at the median, ${signed(change.low)} to ${signed(change.high)} with ${sure}${judged}`;
}

function signed(percent: number): string {
  const text = Math.abs(percent).toFixed(1);
  return `${text === '0.0' ? '' : percent < 0 ? '-' : '+'}${text} %`;
}
