import {
  InMemoryPortfolioRepository,
  PRICES_CHANGED,
  PriceRejectedError,
  markToMarket,
  type MarkToMarket,
  type Portfolio,
  type PortfolioValuation,
  type PriceStreamAdapter,
  type PriceUpdate,
  type ValuationRecord,
} from 'tickmark';
import type { Output } from './output.js';
import { rowOf } from './rows.js';
import { summaryOf, type StoppedBy, type Summary } from './summary.js';
import { TickToValue } from './tick-to-value.js';

/** What to run. */
export interface Job {
  readonly stream: PriceStreamAdapter;
  readonly portfolios: readonly Portfolio[];
  readonly fx: readonly string[];
  readonly output: Output;
  /** Resolves at the end of the run. Called once prices flow. */
  readonly over: () => Promise<StoppedBy>;
  /** Progress to display. */
  readonly progress?: () => string;
}

/** The result: the last values as computed and as stored, and the counters. */
export interface JobResult {
  readonly valuations: readonly PortfolioValuation[];
  readonly stored: readonly ValuationRecord[];
  readonly summary: Summary;
}

/** Values the portfolios until the run is over, and shows them meanwhile. */
export async function runJob(job: Job): Promise<JobResult> {
  const { stream, portfolios, fx, output } = job;
  const repository = new InMemoryPortfolioRepository();
  for (const portfolio of portfolios) await repository.save(portfolio);
  const latency = new TickToValue();
  stream.onMessage(latency.arrived);
  const startedAt = performance.now();
  // Without a throttle, so that latency measures the work and not a configured wait.
  const marking = await markToMarket({
    stream,
    repository,
    fx,
    throttle: false,
    // Oil traded at -37.63 in April 2020, and a recording is played unchanged.
    allowNonPositive: true,
    onError: (error) => {
      if (error instanceof PriceRejectedError) latency.refused((error.update as PriceUpdate).symbol);
    },
  });
  try {
    marking.bus.subscribe(PRICES_CHANGED, latency.valued);
    const stoppedBy = await shown(job, marking);
    const seconds = (performance.now() - startedAt) / 1000;
    await stream.disconnect();
    await marking.flush();
    const ids = portfolios.map(({ id }) => id);
    const valuations = ids.map((id) => marking.value(id)!);
    output.show(valuations.map(rowOf), job.progress?.() ?? null);
    const stored = await repository.loadValuations(ids);
    return { valuations, stored, summary: summaryOf(marking.stats(), latency.latency(), seconds, stoppedBy) };
  } finally {
    await marking.close({ timeoutMs: 400 });
  }
}

async function shown({ portfolios, output, over, progress }: Job, marking: MarkToMarket): Promise<StoppedBy> {
  const show = (): void =>
    output.show(
      portfolios.map(({ id }) => rowOf(marking.value(id)!)),
      progress?.() ?? null,
    );
  const timer = setInterval(show, output.intervalMs);
  try {
    return await over();
  } finally {
    clearInterval(timer);
  }
}
