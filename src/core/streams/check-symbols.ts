import { invalidArgument } from '../errors.js';

const MAX_LENGTH = 256;

/**
 * The symbols of a call, each once, in order.
 * @throws TickmarkError `INVALID_ARGUMENT` for what is no array, and for a symbol that is no text of 1 to 256 characters.
 */
export function checkSymbols(where: string, symbols: readonly string[]): Set<string> {
  if (!Array.isArray(symbols))
    throw invalidArgument(where, symbols, 'an array of symbols such as ["BTC-USD"]');
  for (const symbol of symbols as readonly unknown[]) {
    if (typeof symbol !== 'string' || symbol.length === 0 || symbol.length > MAX_LENGTH)
      throw invalidArgument(where, symbol, `symbols that are texts of 1 to ${MAX_LENGTH} characters`);
  }
  return new Set(symbols);
}
