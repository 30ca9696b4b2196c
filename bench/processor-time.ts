import { createInterface } from 'node:readline';
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
  /**
   * Does the work once and answers how many operations that were. A tenth of a second is right: sides that take turns more often meet
   * the same state of the machine, and in less time a turn begins with too much to fetch into the caches.
   */
  readonly round: () => number | Promise<number>;
}

/** Why a case cannot be measured here. */
export interface Unmeasurable {
  readonly measured: string;
  readonly void: string;
}

/** The first line that {@link serveWork} writes. */
export interface WorkOffer {
  readonly case: string;
  readonly quick: boolean;
  readonly measured: string;
  /** Empty where the case is void. */
  readonly parts: readonly Pick<Part, 'name' | 'operation'>[];
  readonly void?: string;
}

/** The answer to a round: processor time of the whole process, user and system, of all its threads, in microseconds. */
export interface MeasuredRound {
  readonly operations: number;
  readonly cpuMicros: number;
}

/**
 * Does the work of a case by orders from stdin and answers each with a line of JSON on stdout: a number does a round of that part,
 * `collect` collects all garbage, the end of the input closes. First comes a {@link WorkOffer}. Newer checkouts read and write this,
 * so its form has to last.
 */
export async function serveWork(bench: Bench, name: string, work: OwnWork | Unmeasurable): Promise<void> {
  const about = { case: name, quick: bench.quick, measured: work.measured };
  if ('void' in work) return answer({ ...about, parts: [], void: work.void } satisfies WorkOffer);
  const parts = work.parts.map(({ name, operation }) => ({ name, operation }));
  answer({ ...about, parts } satisfies WorkOffer);
  for await (const order of createInterface({ input: process.stdin })) {
    if (order === 'collect') {
      global.gc!();
      answer({});
    } else {
      const part = work.parts[Number(order)];
      if (!part) throw new Error(`There is no part "${order}".`);
      answer(await measuredRound(part));
    }
  }
  await work.close();
}

async function measuredRound({ round }: Part): Promise<MeasuredRound> {
  const before = process.cpuUsage();
  const operations = await round();
  const { user, system } = process.cpuUsage(before);
  return { operations, cpuMicros: user + system };
}

function answer(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
