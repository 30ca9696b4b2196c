import { invalidArgument } from '../../errors.js';
import type { LoadOptions } from '../portfolio-repository.js';
import { checkOptions } from '../../options.js';

/**
 * Whether the whole ledger is to be loaded.
 * @param where The call, for errors.
 * @throws TickmarkError `INVALID_ARGUMENT` for another value.
 */
export function isWholeWanted(options: LoadOptions | undefined, where: string): boolean {
  if (options === undefined) return false;
  checkOptions(where, options, { ledger: true });
  const { ledger } = options;
  if (ledger === undefined || ledger === 'whole') return ledger === 'whole';
  throw invalidArgument(`${where}: ledger`, ledger, '"whole", or nothing');
}
