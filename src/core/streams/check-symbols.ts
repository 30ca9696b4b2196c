import { invalidArgument } from '../errors.js';

const MAX_LENGTH = 256;

/**
 * The symbols given to a call, each once, in order.
 * @throws TickmarkError `INVALID_ARGUMENT` for anything but an array, and for a symbol that is not a string of 1 to 256 characters.
 */
export function checkSymbols(where: string, symbols: readonly string[]): Set<string> {
  if (!Array.isArray(symbols))
    throw invalidArgument(where, symbols, 'an array of symbols such as ["BTC-USD"]');
  for (const symbol of symbols as readonly unknown[]) {
    if (typeof symbol !== 'string' || symbol.length === 0 || symbol.length > MAX_LENGTH)
      throw invalidArgument(where, symbol, `symbols that are strings of 1 to ${MAX_LENGTH} characters`);
  }
  return new Set(symbols);
}
