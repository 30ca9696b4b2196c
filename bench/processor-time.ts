import type { Bench } from './harness.js';

/** What tickmark alone does in a case, without its peers. */
export interface OwnWork {
  /** What is done and with what. Two checkouts are compared only where they say the same. */
  readonly measured: string;
  readonly parts: readonly Part[];
  close(): Promise<void>;
}

/** Work of one kind. Its name is of the work, not of the code: it stays when code is renamed. */
export interface Part {
  readonly name: string;
  /** What is counted, in the singular: `tick`. */
  readonly operation: string;
  /** Does the work once and answers how many operations that were. */
  readonly round: () => number | Promise<number>;
}

/** Why a case cannot be measured here. */
export interface Unmeasurable {
  readonly measured: string;
  readonly void: string;
}

/** One round: processor time of the whole process, user and system, of all its threads, in microseconds. */
export interface MeasuredRound {
  readonly operations: number;
  readonly cpuMicros: number;
}

/** The JSON line that `bench/main.ts --processor-time CASE` prints. Other checkouts read it, so its form has to last. */
export interface ProcessorTimeReport {
  readonly case: string;
  readonly quick: boolean;
  readonly measured: string;
  /** Empty where the case is void. */
  readonly parts: readonly {
    readonly name: string;
    readonly operation: string;
    readonly rounds: readonly MeasuredRound[];
  }[];
  readonly void?: string;
}

const WARMUPS = 2;
const ROUNDS = 10;
const QUICK_ROUNDS = 3;

/** Measures the parts of a case one after the other. Warm-up is left out; garbage that is collected between rounds counts. */
export async function measureProcessorTime(
  bench: Bench,
  name: string,
  work: OwnWork | Unmeasurable,
): Promise<ProcessorTimeReport> {
  const report = { case: name, quick: bench.quick, measured: work.measured };
  if ('void' in work) return { ...report, parts: [], void: work.void };
  const parts: ProcessorTimeReport['parts'][number][] = [];
  for (const { name, operation, round } of work.parts) {
    bench.progress(name);
    for (let warmup = 0; warmup < WARMUPS; warmup++) await round();
    // What was left behind until here is charged to nobody. The round after a full collection has its data to fetch again.
    global.gc!();
    await round();
    const rounds: MeasuredRound[] = [];
    let before = process.cpuUsage();
    for (let count = bench.quick ? QUICK_ROUNDS : ROUNDS; count > 0; count--) {
      const operations = await round();
      const after = process.cpuUsage();
      rounds.push({ operations, cpuMicros: after.user - before.user + after.system - before.system });
      before = after;
    }
    parts.push({ name, operation, rounds });
  }
  await work.close();
  return { ...report, parts };
}
