import { sleep, type Clock } from '../core/clock.js';
import type { KafkaBatchPayload, KafkaRecord } from './kafka-consumer.js';

/** How a batch is gone through. */
export interface BatchTurns {
  /** Ends the work. */
  readonly signal: AbortSignal;
  /** Most records of a turn. */
  readonly size: number;
  /** When offsets are committed: `turn` after each turn, `batch` once at the end, `never`. */
  readonly commit: 'turn' | 'batch' | 'never';
  /** Delivers records. Resolves with how many of them, from the first on, are done. */
  readonly deliver: (records: readonly KafkaRecord[]) => Promise<number>;
}

const HEARTBEAT_MS = 1000;

/**
 * Processes a batch a few records at a time, sends heartbeats to the group, and commits the offsets of processed records. Stops when the
 * partition is no longer assigned here. Resolves with whether an offset was committed.
 */
export async function deliverInTurns(
  payload: KafkaBatchPayload,
  isAssigned: () => boolean,
  { signal, size, commit, deliver }: BatchTurns,
): Promise<boolean> {
  const { topic, partition, messages } = payload.batch;
  let isCommitted = false;
  const commitUntil = async (done: number): Promise<void> => {
    const offset = String(BigInt(messages[done - 1]!.offset) + 1n);
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
    isCommitted = true;
  };
  let done = 0;
  while (done < messages.length && isLive(payload, isAssigned, signal)) {
    if (done > 0) {
      await payload.heartbeat();
      if (!isLive(payload, isAssigned, signal)) break;
    }
    const delivered = await deliver(messages.slice(done, done + size));
    if (delivered === 0) break;
    done += delivered;
    if (!isAssigned()) break;
    payload.resolveOffset(messages[done - 1]!.offset);
    if (commit === 'turn') await commitUntil(done);
  }
  if (commit === 'batch' && done > 0 && isAssigned()) await commitUntil(done);
  return isCommitted;
}

/** Whether the records of a batch may still be delivered. */
export function isLive(payload: KafkaBatchPayload, isAssigned: () => boolean, signal: AbortSignal): boolean {
  return !signal.aborted && payload.isRunning() && isAssigned();
}

/**
 * Waits until a promise is fulfilled, and keeps the membership in the group meanwhile. Ends early when the batch is no longer `live`.
 * Rejects when the group rebalances.
 */
export async function heartbeatUntil(
  fulfilled: Promise<unknown>,
  payload: KafkaBatchPayload,
  {
    clock,
    signal,
    live,
  }: { readonly clock: Clock; readonly signal: AbortSignal; readonly live: () => boolean },
): Promise<void> {
  const wait = new AbortController();
  let isFulfilled = false;
  const wake = (): void => wait.abort();
  void fulfilled.then(() => {
    isFulfilled = true;
    wake();
  });
  signal.addEventListener('abort', wake, { once: true });
  try {
    while (!isFulfilled && live()) {
      await sleep(clock, HEARTBEAT_MS, wait.signal).catch(() => undefined);
      if (!isFulfilled && live()) await payload.heartbeat();
    }
  } finally {
    signal.removeEventListener('abort', wake);
  }
}
