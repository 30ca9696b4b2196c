import { size } from '../sizes.js';

/** Prints what was measured, except in quick runs. How busy the machine is decides about times, so no test has a strict limit. */
export function printFigure(text: string): void {
  if (size !== 'quick') console.info(text);
}

/** The value that so many percent of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1]!;
}
