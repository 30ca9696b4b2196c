import type { MeasuredRound, WorkOffer } from '../processor-time.js';
import type { Pair } from './paired-change.js';

/** The two checkouts that are compared. */
export type Side = 'older' | 'newer';

/** A process that does the work of a case when it is told to. */
export interface Worker {
  readonly offer: WorkOffer;
  /** Does a round of a part, by its number. */
  round(part: number): Promise<MeasuredRound>;
  /** Collects all garbage. */
  collect(): Promise<void>;
  /** Ends the process and waits for that; rejects when it ends with an error. */
  close(): Promise<void>;
}

/** One kind of work, measured on both sides. */
export interface MeasuredPart {
  readonly name: string;
  readonly operation: string;
  /** Microseconds of processor time per operation, a pair of processes each. */
  readonly pairs: readonly Pair[];
}

/** What was found of a case, or why nothing was. */
export type Outcome =
  { readonly measured: string; readonly parts: readonly MeasuredPart[] } | { readonly failure: string };

const WARMUPS = 2;
const ROUNDS = 20;
const QUICK_ROUNDS = 3;

/**
 * Measures a case in pairs of fresh processes, one of each side, which take turns. Processes of the same code differ by some percent,
 * and each pair draws anew; rounds that follow each other meet the same state of the machine.
 */
export async function alternate(
  pairs: number,
  start: (side: Side) => Promise<Worker>,
  progress: (text: string) => void,
): Promise<Outcome> {
  const found: Pair[][] = [];
  let offer: WorkOffer | undefined;
  for (let pair = 0; pair < pairs; pair++) {
    progress(`pair ${pair + 1} of ${pairs}`);
    const workers = await startBoth(start);
    try {
      offer = workers.newer.offer;
      const failure = mismatch(workers);
      if (failure !== undefined) return { failure };
      for (let part = 0; part < offer.parts.length; part++)
        (found[part] ??= []).push(await takeTurns(workers, part, pair % 2 === 0));
    } finally {
      await closeBoth(workers);
    }
  }
  return {
    measured: offer!.measured,
    parts: offer!.parts.map(({ name, operation }, part) => ({ name, operation, pairs: found[part]! })),
  };
}

/** Rounds in the order ABBA, so that a machine that slowly becomes faster or slower does so for both alike. */
async function takeTurns(workers: Record<Side, Worker>, part: number, olderFirst: boolean): Promise<Pair> {
  const order: readonly Side[] = olderFirst ? ['older', 'newer'] : ['newer', 'older'];
  for (const side of order) {
    for (let warmup = 0; warmup < WARMUPS; warmup++) await workers[side].round(part);
    // What was left behind until here is charged to nobody. The round after a full collection has its data to fetch again.
    await workers[side].collect();
    await workers[side].round(part);
  }
  const rounds: Record<Side, MeasuredRound[]> = { older: [], newer: [] };
  for (let count = 0; count < (workers.newer.offer.quick ? QUICK_ROUNDS : ROUNDS); count++) {
    for (const side of count % 2 === 0 ? order : order.toReversed())
      rounds[side].push(await workers[side].round(part));
  }
  return { older: microsPerOperation(rounds.older), newer: microsPerOperation(rounds.newer) };
}

/** Over all rounds together, so that a collection of garbage that only one of them meets is shared by all. */
function microsPerOperation(rounds: readonly MeasuredRound[]): number {
  let micros = 0;
  let done = 0;
  for (const { cpuMicros, operations } of rounds) {
    micros += cpuMicros;
    done += operations;
  }
  return micros / done;
}

/** Both at once, since filling their stores is not measured. When one fails, the other is ended. */
async function startBoth(start: (side: Side) => Promise<Worker>): Promise<Record<Side, Worker>> {
  const [older, newer] = await Promise.allSettled([start('older'), start('newer')]);
  if (older.status === 'fulfilled' && newer.status === 'fulfilled')
    return { older: older.value, newer: newer.value };
  for (const each of [older, newer]) if (each.status === 'fulfilled') await each.value.close();
  throw older.status === 'rejected' ? older.reason : (newer as PromiseRejectedResult).reason;
}

/** Waits for both, also when one ends with an error. */
async function closeBoth({ older, newer }: Record<Side, Worker>): Promise<void> {
  for (const end of await Promise.allSettled([older.close(), newer.close()]))
    if (end.status === 'rejected') throw end.reason;
}

/** Why two processes cannot be compared, if so. */
function mismatch({ older, newer }: Record<Side, Worker>): string | undefined {
  for (const [side, { offer }] of Object.entries({ older, newer }))
    if (offer.void !== undefined) return `void in the ${side} checkout: ${offer.void}`;
  const [before, after] = [workOf(older.offer), workOf(newer.offer)];
  if (before === after) return undefined;
  return `the two checkouts do not measure the same work.\n  older: ${before}\n  newer: ${after}`;
}

/** What must be equal for figures to be comparable. */
function workOf({ quick, measured, parts }: WorkOffer): string {
  const names = parts.map(({ name, operation }) => `${name}, per ${operation}`).join('; ');
  return `${quick ? 'quick: ' : ''}${measured}: ${names}`;
}
