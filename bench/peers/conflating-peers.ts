import { EventEmitter } from 'eventemitter3';
import PQueue from 'p-queue';
import {
  asapScheduler,
  auditTime,
  bufferCount,
  bufferTime,
  groupBy,
  mergeMap,
  scan,
  Subject,
  VirtualTimeScheduler,
} from 'rxjs';
import type { Tick } from '../market.js';

/** Something that takes ticks and, when flushed, hands the newest of each symbol on. */
export interface Conflation {
  readonly push: (tick: Tick) => void;
  readonly flush: () => void | Promise<void>;
}

/** Hears what was conflated. */
export interface Sink {
  /** Sum of all prices handed on, so that no work can be optimised away. */
  total: number;
}

function drain(newest: Map<string, Tick>, sink: Sink): void {
  for (const tick of newest.values()) sink.total += tick.price;
  newest.clear();
}

// The clock of the time-based operators is moved by hand: their waiting is not charged to them.
const PERIOD_MS = 100;

function turn(scheduler: VirtualTimeScheduler): () => void {
  return () => {
    scheduler.maxFrames = scheduler.frame + PERIOD_MS;
    scheduler.flush();
  };
}

/** `scan` into one Map that is reused, sampled by `auditTime`. */
export function scanAuditTime(sink: Sink): Conflation {
  const ticks = new Subject<Tick>();
  const scheduler = new VirtualTimeScheduler();
  ticks
    .pipe(
      scan((newest, tick) => newest.set(tick.symbol, tick), new Map<string, Tick>()),
      auditTime(PERIOD_MS, scheduler),
    )
    .subscribe((newest) => drain(newest, sink));
  return { push: (tick) => ticks.next(tick), flush: turn(scheduler) };
}

/** `bufferCount`, the buffer folded into a Map. */
export function bufferCountMap(sink: Sink, count: number): Conflation {
  const ticks = new Subject<Tick>();
  ticks.pipe(bufferCount(count)).subscribe((buffer) => drain(newestOf(buffer), sink));
  return { push: (tick) => ticks.next(tick), flush: () => undefined };
}

/** `bufferTime`, the buffer folded into a Map. */
export function bufferTimeMap(sink: Sink): Conflation {
  const ticks = new Subject<Tick>();
  const scheduler = new VirtualTimeScheduler();
  ticks.pipe(bufferTime(PERIOD_MS, scheduler)).subscribe((buffer) => drain(newestOf(buffer), sink));
  return { push: (tick) => ticks.next(tick), flush: turn(scheduler) };
}

function newestOf(buffer: readonly Tick[]): Map<string, Tick> {
  const newest = new Map<string, Tick>();
  for (const tick of buffer) newest.set(tick.symbol, tick);
  return newest;
}

/** `groupBy` symbol with an `auditTime` each; on microtasks, since ten thousand real timers would cost more still. */
export function groupByAuditTime(sink: Sink): Conflation {
  const ticks = new Subject<Tick>();
  ticks
    .pipe(
      groupBy((tick) => tick.symbol),
      mergeMap((group) => group.pipe(auditTime(0, asapScheduler))),
    )
    .subscribe((tick) => (sink.total += tick.price));
  return { push: (tick) => ticks.next(tick), flush: () => Promise.resolve() };
}

/** An emitter whose listener keeps a Map. */
export function emitterMap(sink: Sink): Conflation {
  const emitter = new EventEmitter<{ tick: [Tick] }>();
  const newest = new Map<string, Tick>();
  emitter.on('tick', (tick) => newest.set(tick.symbol, tick));
  return { push: (tick) => emitter.emit('tick', tick), flush: () => drain(newest, sink) };
}

/** A queue job for each update, one at a time so that they stay in order. */
export function queueJobs(sink: Sink): Conflation {
  const queue = new PQueue({ concurrency: 1 });
  const newest = new Map<string, Tick>();
  return {
    push: (tick) => void queue.add(() => newest.set(tick.symbol, tick)),
    flush: async () => {
      await queue.onIdle();
      drain(newest, sink);
    },
  };
}
