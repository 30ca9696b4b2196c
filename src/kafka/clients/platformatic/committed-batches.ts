import type { FetchedBatch, FetchedPartition } from './platformatic-module.js';

const IS_TRANSACTIONAL = 0b01_0000;
const IS_CONTROL = 0b10_0000;
const ABORT = 0;

/**
 * The batches of a fetch without control batches and those of aborted transactions: of each, the brokers tell the producer and where it begins; its
 * marker ends it.
 *
 * Source: https://github.com/apache/kafka/blob/4.0.0/clients/src/main/java/org/apache/kafka/clients/consumer/internals/CompletedFetch.java
 */
export function committedBatches({
  records = [],
  abortedTransactions,
}: Pick<FetchedPartition, 'records' | 'abortedTransactions'>): readonly FetchedBatch[] {
  const waiting = [...(abortedTransactions ?? [])].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const aborted = new Set<bigint>();
  return records.filter(({ attributes, producerId, firstOffset, lastOffsetDelta, records: all }) => {
    const last = firstOffset + BigInt(lastOffsetDelta);
    while (waiting.length > 0 && waiting[0]!.firstOffset <= last) aborted.add(waiting.shift()!.producerId);
    if (attributes & IS_CONTROL) {
      if (markerOf(all[0]?.key) === ABORT) aborted.delete(producerId);
      return false;
    }
    return !(attributes & IS_TRANSACTIONAL && aborted.has(producerId));
  });
}

/** Kind of a control record: the second number of its key. */
function markerOf(key: Uint8Array | null | undefined): number | undefined {
  return key && key.length >= 4 ? (key[2]! << 8) | key[3]! : undefined;
}
