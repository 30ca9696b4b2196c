import type { BoundedCalls } from '../clock.js';
import type { AcquireOptions, Lease, Lock } from './lock.js';

/**
 * Acquires a lock that may never answer. A lease that arrives too late is released.
 * @throws as `Lock.acquire` and `BoundedCalls.run`.
 */
export async function boundedAcquire(
  calls: BoundedCalls,
  lock: Lock,
  key: string,
  options: AcquireOptions,
): Promise<Lease> {
  const asked = (async () => lock.acquire(key, options))();
  try {
    return await calls.run('Acquiring the lock', () => asked);
  } catch (error) {
    asked.then((late) => late.release()).catch(() => undefined);
    throw error;
  }
}
