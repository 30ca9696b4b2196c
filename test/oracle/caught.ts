import { TickmarkError } from '../../src/core/errors.js';

/** The TickmarkError that a call throws; anything else fails the test. */
export function caught(call: () => unknown): TickmarkError {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (error instanceof TickmarkError) return error;
    throw error;
  }
  throw new Error(`expected an error, got ${String(result)}`);
}
