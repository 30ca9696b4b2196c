import { quote, TickmarkError } from '../../core/errors.js';

/** A source will not deliver a symbol (`SYMBOL_REFUSED`). */
export class SymbolRefusedError extends TickmarkError {
  /** The symbol, as the application names it. */
  readonly symbol: string;
  /** Why. */
  readonly reason: string;
  /** The source's own code, where it has one. */
  readonly sourceCode: string | number | undefined;

  constructor(source: string, symbol: string, reason: string, sourceCode?: string | number) {
    const code = sourceCode === undefined ? '' : ` (code ${sourceCode})`;
    super('SYMBOL_REFUSED', `${source} does not deliver ${quote(symbol)}: ${reason}${code}.`);
    this.symbol = symbol;
    this.reason = reason;
    this.sourceCode = sourceCode;
  }
}

/** Symbols of a call that a source can have; refuses the others one by one. @throws the refusal, if none can be had. */
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
