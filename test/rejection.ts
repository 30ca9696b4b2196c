import type { TickmarkError } from '../src/core/errors.js';

/** The error that a promise rejects with. @throws when it is fulfilled. */
export async function rejection<Kind = TickmarkError>(promise: Promise<unknown>): Promise<Kind> {
  return promise.then(
    () => {
      throw new Error('The promise was fulfilled instead of rejected.');
    },
    (error: Kind) => error,
  );
}
