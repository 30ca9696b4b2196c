import type { AcquireOptions, Lease, Lock } from 'tickmark';

/** A lease as its holder saw it. */
export interface LeaseRecord {
  readonly key: string;
  readonly token: string;
  /** Holder, and for how long it was surely one, in µs by the machine's monotonic clock, which all processes share. */
  readonly pid: number;
  readonly from: number;
  readonly to: number;
  /** Whether the holder still believed in it at the end. */
  readonly wasHeld: boolean;
}

const now = (): number => Number(process.hrtime.bigint() / 1000n);

/** A lock that notes who held what, and when. */
export class WatchedLock implements Lock {
  readonly records: LeaseRecord[] = [];
  readonly #lock: Lock;

  constructor(lock: Lock) {
    this.#lock = lock;
  }

  async acquire(key: string, options?: AcquireOptions): Promise<Lease> {
    const lease = await this.#lock.acquire(key, options);
    const from = now();
    const release = async (): Promise<void> => {
      const token = String(lease.fencingToken);
      this.records.push({ key, token, pid: process.pid, from, to: now(), wasHeld: lease.held });
      await lease.release();
    };
    return {
      key,
      fencingToken: lease.fencingToken,
      signal: lease.signal,
      get held() {
        return lease.held;
      },
      extend: (ttlMs) => lease.extend(ttlMs),
      release,
      [Symbol.asyncDispose]: release,
    };
  }

  close(): Promise<void> {
    return this.#lock.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Leases of a key that were granted while another one was still believed in, or with a token that does not rise. */
export function disorder(records: readonly LeaseRecord[]): Array<[before: LeaseRecord, after: LeaseRecord]> {
  const sorted = [...records].sort((a, b) => (a.key === b.key ? a.from - b.from : a.key < b.key ? -1 : 1));
  return sorted.slice(1).flatMap((after, at): Array<[LeaseRecord, LeaseRecord]> => {
    const before = sorted[at]!;
    if (before.key !== after.key) return [];
    const overlaps = before.wasHeld && before.to > after.from;
    return overlaps || BigInt(before.token) >= BigInt(after.token) ? [[before, after]] : [];
  });
}
