import { SymbolRefusedError } from '../../core/streams/symbol-refused-error.js';

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
