import { TickmarkError, invalidArgument } from '../../core/errors.js';
import { nearestName, unknownName } from '../../core/option-names.js';
import { checkShape, type OptionShapes } from '../../core/options.js';
import { SymbolRefusedError } from '../../core/streams/symbol-refused-error.js';

/**
 * Checks the fields of a provider that a user has written: a venue, a source or a feed. It may have others for itself, but none whose name is nearly that of one
 * that is read. Those of a class are its own.
 * @param where The option, such as `WebSocketPriceStreamAdapter: venue`.
 * @throws TickmarkError `INVALID_ARGUMENT`.
 */
export function checkProvider<Provider extends object>(
  where: string,
  given: Provider,
  shapes: OptionShapes<Provider>,
): void {
  const isPlain = Object.getPrototypeOf(given) === Object.prototype;
  for (const name of isPlain ? Object.keys(given) : [])
    if (!Object.hasOwn(shapes, name) && nearestName(name, Object.keys(shapes)) !== undefined)
      throw unknownName(where, 'field', name, Object.keys(shapes));
  for (const name of Object.keys(shapes) as Array<keyof Provider & string>)
    checkShape(`${where}.${name}`, given[name], shapes[name]);
}

/** Checks the headers of a provider, where no function gives them. No value is shown. @throws TickmarkError `INVALID_ARGUMENT`. */
export function checkHeaders(where: string, headers: unknown): void {
  if (headers === undefined || typeof headers === 'function') return;
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers) || headers instanceof Map)
    throw invalidArgument(
      where,
      typeof headers === 'string' ? '…' : headers,
      "an object such as { 'x-api-key': '…' }, or a function that gives one",
    );
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') continue;
    // A variable of the environment that is not set would be sent as "undefined".
    const message = `${where}[${JSON.stringify(name)}]: expected a string, got ${value === null ? 'null' : typeof value}.`;
    throw new TickmarkError('INVALID_ARGUMENT', message);
  }
}

/** The symbols that `symbolFault` accepts; the others go to `refuse`, one by one. @throws the last refusal, if none is accepted. */
export function acceptedSymbols(
  source: { readonly name: string; symbolFault?(symbol: string): string | undefined },
  symbols: readonly string[],
  refuse: (error: SymbolRefusedError) => void,
): readonly string[] {
  const accepted: string[] = [];
  let last: SymbolRefusedError | undefined;
  for (const symbol of symbols) {
    const fault = source.symbolFault?.(symbol);
    if (fault === undefined) accepted.push(symbol);
    else refuse((last = new SymbolRefusedError(source.name, symbol, fault)));
  }
  if (last && accepted.length === 0) throw last;
  return accepted;
}
