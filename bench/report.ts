import type { Spread } from './harness.js';

/** One measured figure. */
export interface Figure extends Spread {
  /** Figures of one group were measured together. */
  readonly group: string;
  readonly name: string;
  readonly unit: string;
}

/** A figure that is compared with what it has to be, or only shown. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it must reach, or with `isCeiling` must not pass. */
  readonly floor?: number;
  readonly isCeiling?: boolean;
}

/** What a case found. */
export interface CaseReport {
  /** What is done and with what. */
  readonly measured: string;
  readonly figures: readonly Figure[];
  readonly ratios: readonly Ratio[];
  /** Why the figures say nothing, where that is so. */
  readonly void?: string;
}

/** Whether a ratio is what it has to be; one without a floor always is. */
export function isMet({ value, floor, isCeiling }: Ratio): boolean {
  if (floor === undefined) return true;
  return isCeiling ? value <= floor : value >= floor;
}

/** A report as a table for people. */
export function table(name: string, report: CaseReport): string {
  const lines = [`\n${name}: ${report.measured}`];
  if (report.void) lines.push(`  VOID: ${report.void}`);
  let group = '';
  for (const figure of report.figures) {
    if (figure.group !== group) lines.push(`  ${(group = figure.group)}`);
    const range = `${rounded(figure.min)} .. ${rounded(figure.max)}`;
    lines.push(
      `    ${figure.name.padEnd(58)}${rounded(figure.median).padStart(10)} ${figure.unit.padEnd(16)}${range}`,
    );
  }
  for (const ratio of report.ratios) {
    lines.push(
      `  ${ratio.name.padEnd(60)}${rounded(ratio.value).padStart(10)} ${ratio.unit} ${verdict(ratio)}`,
    );
  }
  return lines.join('\n');
}

function verdict(ratio: Ratio): string {
  if (ratio.floor === undefined) return '';
  const bound = `${ratio.isCeiling ? 'at most' : 'at least'} ${rounded(ratio.floor)} ${ratio.unit}`;
  return `(${bound}: ${isMet(ratio) ? 'met' : 'NOT MET'})`;
}

function rounded(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return Number(value.toPrecision(3)).toString();
}
