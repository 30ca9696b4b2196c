import { readFileSync } from 'node:fs';
import type { MarkToMarketStats } from 'tickmark';
import { count, milliseconds } from './figures.js';
import type { RowsReport } from './replay/rows-report.js';
import type { Latency } from './tick-to-value.js';

/** Why it ended: the given time, the end of the recording, a signal, or a closed pipe. */
export type StoppedBy = 'time' | 'end' | 'signal' | 'closed-pipe';

/** The result of a run. */
export interface Summary {
  readonly seconds: number;
  readonly stoppedBy: StoppedBy;
  readonly portfolios: number;
  readonly received: number;
  readonly delivered: number;
  readonly conflated: number;
  readonly rejected: number;
  readonly rejections: Readonly<Record<string, number>>;
  readonly outdated: number;
  readonly batches: number;
  readonly valuations: number;
  readonly published: number;
  readonly saved: number;
  readonly tickToValueMs: Latency;
  /** Peak memory of the process, in MB. */
  readonly peakMemoryMb: number;
  /** Whether the values of a replay equal those recomputed from the rows that were used; absent if nothing was compared. */
  readonly equal?: boolean;
  /** The rows of a replay; absent if nothing was compared. */
  readonly rows?: RowsReport;
}

export function summaryOf(
  { processor, engine }: MarkToMarketStats,
  tickToValueMs: Latency,
  seconds: number,
  stoppedBy: StoppedBy,
): Summary {
  const { received, delivered, conflated, rejected, rejections, outdated, batches } = processor;
  const { portfolios, valuations, published, saved } = engine;
  return {
    seconds: Number(seconds.toFixed(3)),
    stoppedBy,
    portfolios,
    received,
    delivered,
    conflated,
    rejected,
    rejections: { ...rejections },
    outdated,
    batches,
    valuations,
    published,
    saved,
    tickToValueMs,
    peakMemoryMb: Math.round(peakMemoryKb() / 1024),
  };
}

// On Linux `maxRSS` includes the size of the parent process; the status file does not.
function peakMemoryKb(): number {
  try {
    const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (peak !== undefined) return Number(peak);
  } catch {
    // Another system.
  }
  return process.resourceUsage().maxRSS;
}

export function summaryLines(summary: Summary): string[] {
  const { p50, p99, max, measured } = summary.tickToValueMs;
  const reasons = Object.entries(summary.rejections).map(([reason, times]) => `${count(times)} ${reason}`);
  const rejected = `${count(summary.rejected)} rejected${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`;
  const perSecond = summary.received / Math.max(0.001, summary.seconds);
  return [
    `summary: ${summary.portfolios} portfolios, ${summary.seconds.toFixed(1)} s${ENDS[summary.stoppedBy]}`,
    `  updates        ${count(summary.received)} received, ${count(perSecond)}/s`,
    `                 ${count(summary.conflated)} conflated, ${rejected}, ${count(summary.outdated)} outdated`,
    `  batches        ${count(summary.batches)}`,
    `  valuations     ${count(summary.valuations)} computed, ${count(summary.published)} published, ` +
      `${count(summary.saved)} saved`,
    `  tick to value  p50 ${milliseconds(p50)} ms, p99 ${milliseconds(p99)} ms, max ${milliseconds(max)} ms ` +
      `(${count(measured)} measured)`,
    `  peak memory    ${count(summary.peakMemoryMb)} MB`,
    ...(summary.equal === undefined ? [] : [verdict(summary)]),
  ];
}

const ENDS: Record<StoppedBy, string> = {
  time: '',
  end: ', to the end of the recording',
  signal: ', stopped by a signal',
  'closed-pipe': ', stopped by its reader',
};

// Nothing is said of the rows that were refused, except that they are not in it.
function verdict({ portfolios, equal, rows }: Summary): string {
  const { used = 0, refused = 0 } = rows ?? {};
  const without = refused === 0 ? '' : `, without the ${count(refused)} refused`;
  const what = `${portfolios} portfolios, recomputed from the ${count(used)} ${used === 1 ? 'row' : 'rows'} used${without}`;
  return equal === true ? `${what}: equal to the digit` : `${what}: DIFFERENT, see above`;
}
