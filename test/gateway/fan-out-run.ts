import { setTimeout } from 'node:timers/promises';
import { worker } from '../servers/worker.js';
import type { GatewayReport, GatewayWorkerArguments } from './gateway-worker.js';
import type { ReadersArguments, ReadersReport } from './readers-worker.js';

export interface FanOut {
  readonly readers: number;
  readonly stalled: number;
  readonly updatesPerSecond: number;
  readonly seconds: number;
}

export interface FanOutResult extends ReadersReport {
  /** Most resident memory of the gateway over what it had when all readers had just connected, in bytes. */
  readonly growth: number;
  readonly before: GatewayReport;
  readonly after: GatewayReport;
}

const SYMBOLS = 1000;
const EACH = 10;

/** Runs a gateway and its readers, each in a process of its own. */
export async function fanOut({ readers, stalled, updatesPerSecond, seconds }: FanOut): Promise<FanOutResult> {
  const gateway = worker<'report' | 'close', GatewayReport>(new URL('gateway-worker.ts', import.meta.url), {
    symbols: SYMBOLS,
    updatesPerSecond,
  } satisfies GatewayWorkerArguments);
  const { port } = await gateway.next();
  const clients = worker<'measure' | 'report', ReadersReport | 'ready'>(
    new URL('readers-worker.ts', import.meta.url),
    {
      port,
      readers,
      stalled,
      symbols: SYMBOLS,
      each: EACH,
    } satisfies ReadersArguments,
  );
  try {
    await clients.next();
    gateway.send('report');
    const before = await gateway.next();
    clients.send('measure');
    await setTimeout(seconds * 1000);
    clients.send('report');
    const report = (await clients.next()) as ReadersReport;
    gateway.send('report');
    const after = await gateway.next();
    return { ...report, growth: after.most - before.rss, before, after };
  } finally {
    await clients.kill();
    await gateway.kill();
  }
}

/** Whether all values are accounted for. */
export function addsUp({ stats }: GatewayReport): boolean {
  const { produced, sent, conflated, dropped, pending } = stats;
  return produced === sent + conflated + dropped + pending;
}
