import type { ProcessorTimeReport } from '../processor-time.js';
import type { Pair } from './paired-change.js';

/** The two checkouts that are compared. */
export type Side = 'older' | 'newer';

/** One kind of work, measured on both sides. */
export interface MeasuredPart {
  readonly name: string;
  readonly operation: string;
  /** Microseconds of processor time an operation, in the order of the runs. */
  readonly pairs: readonly Pair[];
}

/** What was found of a case, or why nothing was. */
export type Outcome =
  { readonly measured: string; readonly parts: readonly MeasuredPart[] } | { readonly failure: string };

/**
 * Measures a case on both sides, a fresh process each time. Who begins changes from pair to pair (ABBA), so that a machine that slowly
 * becomes faster or slower does so for both alike.
 */
export async function alternate(
  pairs: number,
  measure: (side: Side) => Promise<ProcessorTimeReport>,
  progress: (text: string) => void,
): Promise<Outcome> {
  const found: { older: ProcessorTimeReport; newer: ProcessorTimeReport }[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    progress(`pair ${pair + 1} of ${pairs}`);
    const order: readonly Side[] = pair % 2 === 0 ? ['older', 'newer'] : ['newer', 'older'];
    const reports: Partial<Record<Side, ProcessorTimeReport>> = {};
    for (const side of order) {
      const report = await measure(side);
      if (report.void !== undefined) return { failure: `void in the ${side} checkout: ${report.void}` };
      reports[side] = report;
    }
    const { older, newer } = reports as Record<Side, ProcessorTimeReport>;
    if (workOf(older) !== workOf(newer)) {
      return {
        failure: `the two checkouts do not measure the same work.\n  older: ${workOf(older)}\n  newer: ${workOf(newer)}`,
      };
    }
    found.push({ older, newer });
  }
  const { measured, parts } = found[0]!.newer;
  return {
    measured,
    parts: parts.map(({ name, operation }, index) => ({
      name,
      operation,
      pairs: found.map(({ older, newer }) => ({
        older: microsAnOperation(older, index),
        newer: microsAnOperation(newer, index),
      })),
    })),
  };
}

/** What must be equal for figures to be comparable. */
function workOf({ quick, measured, parts }: ProcessorTimeReport): string {
  const names = parts.map(({ name, operation }) => `${name}, per ${operation}`).join('; ');
  return `${quick ? 'quick: ' : ''}${measured}: ${names}`;
}

/** Over all rounds together, so that a collection of garbage that only one of them meets is shared by all. */
function microsAnOperation({ parts }: ProcessorTimeReport, index: number): number {
  const { rounds } = parts[index]!;
  const total = (of: (round: (typeof rounds)[number]) => number) =>
    rounds.reduce((sum, round) => sum + of(round), 0);
  return total(({ cpuMicros }) => cpuMicros) / total(({ operations }) => operations);
}
