import type { Browser } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Time that the thread itself has worked, µs: without the time in which other processes had the processor. */
  readonly tdur?: number;
}

/** Scripts of one task of a page. */
export interface ScriptTask {
  /** Time that the page's thread worked on scripts, ms. */
  readonly threadMs: number;
  /** Of that, time that the browser's garbage collector took, whoever's garbage it was. */
  readonly collectorMs: number;
}

const SCRIPTS = new Set([
  'FireAnimationFrame',
  'FunctionCall',
  'RunMicrotasks',
  'EvaluateScript',
  'TimerFire',
]);

const COLLECTOR = new Set(['MajorGC', 'MinorGC', 'V8.GC_MC_INCREMENTAL']);

/** Records what scripts of all pages do, by the browser's own trace. The returned function ends it. */
export async function traceScripts(browser: Browser): Promise<() => Promise<ScriptTask[]>> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => void events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      recordMode: 'recordContinuously',
      includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'],
    },
  });
  return async () => {
    const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
    await session.send('Tracing.end');
    await complete;
    await session.detach();
    return tasksOf(events);
  };
}

/** The outermost script events of each task. */
function tasksOf(events: readonly TraceEvent[]): ScriptTask[] {
  const timed = events.filter(({ ph, dur }) => ph === 'X' && dur !== undefined).sort((a, b) => a.ts - b.ts);
  const tasks: ScriptTask[] = [];
  for (const thread of new Set(timed.map(({ pid, tid }) => `${pid} ${tid}`))) {
    const own = timed.filter(({ pid, tid }) => `${pid} ${tid}` === thread);
    let taskEnd = -Infinity;
    let scriptEnd = -Infinity;
    let collectorEnd = -Infinity;
    let threadMs = 0;
    let collectorMs = 0;
    const close = (): void => {
      if (threadMs > 0) tasks.push({ threadMs, collectorMs });
      threadMs = collectorMs = 0;
    };
    for (const { name, ts, dur, tdur } of own) {
      if (name === 'RunTask' && ts >= taskEnd) {
        close();
        taskEnd = ts + dur!;
      } else if (SCRIPTS.has(name) && ts >= scriptEnd) {
        scriptEnd = ts + dur!;
        threadMs += (tdur ?? dur!) / 1000;
      } else if (COLLECTOR.has(name) && ts < scriptEnd && ts >= collectorEnd) {
        collectorEnd = ts + dur!;
        collectorMs += (tdur ?? dur!) / 1000;
      }
    }
    close();
  }
  return tasks;
}
