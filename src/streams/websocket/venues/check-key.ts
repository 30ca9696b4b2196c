import { TickmarkError } from '../../../core/errors.js';

/** Refuses what is no key or token, without quoting it. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkKey(where: string, key: unknown): asserts key is string {
  if (typeof key === 'string' && key.trim() !== '') return;
  const given = typeof key === 'string' ? 'an empty one' : typeof key;
  throw new TickmarkError('INVALID_ARGUMENT', `${where}: expected a text that is not empty, got ${given}.`);
}
