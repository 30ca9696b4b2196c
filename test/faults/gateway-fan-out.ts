import { worker, type Worker } from '../servers/worker.js';
import { until } from '../waiting.js';
import type { ReadersArguments, ReadersReport } from './gateway-readers-worker.js';
import type { GatewayReport, GatewayWorkerArguments } from './gateway-worker.js';

export interface FanOut {
  readonly readers: number;
  /** How many of them never read. */
  readonly stalled: number;
  readonly updatesPerSecond: number;
  /** How long it is measured, at least. */
  readonly seconds: number;
  /** Before the measurement ends, readers who never read have been cut at least so many times in all. */
  readonly cuts?: number;
}

export interface FanOutResult extends ReadersReport {
  readonly seconds: number;
  /** Most resident memory of the gateway over what it had when all readers had just connected, in bytes. */
  readonly growth: number;
  readonly before: GatewayReport;
  readonly after: GatewayReport;
}

const SYMBOLS = 1000;
const EACH = 10;

/** Runs a gateway and its readers, each in a process of its own. Every reader who reads gets values before it ends. */
export async function fanOut(run: FanOut): Promise<FanOutResult> {
  const { readers, stalled, updatesPerSecond, seconds, cuts = 0 } = run;
  const gateway = worker<'report' | 'close', GatewayReport>(new URL('gateway-worker.ts', import.meta.url), {
    symbols: SYMBOLS,
    updatesPerSecond,
  } satisfies GatewayWorkerArguments);
  let clients: Worker<'measure' | 'report', ReadersReport | 'ready'> | undefined;
  try {
    const { port } = await gateway.next();
    clients = worker(new URL('gateway-readers-worker.ts', import.meta.url), {
      port,
      readers,
      stalled,
      symbols: SYMBOLS,
      each: EACH,
    } satisfies ReadersArguments);
    const reported = async (): Promise<ReadersReport> => {
      clients!.send('report');
      return (await clients!.next()) as ReadersReport;
    };
    await clients.next();
    gateway.send('report');
    const before = await gateway.next();
    clients.send('measure');
    const start = performance.now();
    let report = await reported();
    await until(
      'every reader has got values, and those who never read have been cut',
      async () => {
        report = await reported();
        const isLongEnough = performance.now() - start >= seconds * 1000;
        return isLongEnough && report.least > 0 && report.cut >= cuts;
      },
      { everyMs: 250, hungAfterMs: 10 * (seconds + 60) * 1000 },
    );
    gateway.send('report');
    const after = await gateway.next();
    return {
      ...report,
      seconds: (performance.now() - start) / 1000,
      growth: after.most - before.rss,
      before,
      after,
    };
  } finally {
    await clients?.kill();
    await gateway.kill();
  }
}

/** Whether all values are accounted for. */
export function addsUp({ stats }: GatewayReport): boolean {
  const { produced, sent, conflated, dropped, pending } = stats;
  return produced === sent + conflated + dropped + pending;
}
