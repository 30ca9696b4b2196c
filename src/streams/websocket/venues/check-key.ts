import { TickmarkError } from '../../../core/errors.js';

/** Checks a key or token. The message does not quote it. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkKey(where: string, key: unknown): asserts key is string {
  if (typeof key === 'string' && key.trim() !== '') return;
  const given = typeof key === 'string' ? 'an empty string' : typeof key;
  throw new TickmarkError('INVALID_ARGUMENT', `${where}: expected a string that is not empty, got ${given}.`);
}
