import { quote, TickmarkError } from '../../core/errors.js';

/**
 * A source does not deliver a symbol. Code `SYMBOL_REFUSED`.
 *
 * @example
 * ```ts
 * import { SymbolRefusedError, WebSocketPriceStreamAdapter, binance } from 'tickmark/websocket';
 *
 * const stream = new WebSocketPriceStreamAdapter({
 *   venue: binance(),
 *   onError: (error) => {
 *     if (error instanceof SymbolRefusedError) console.error(error.symbol, error.reason);
 *   },
 * });
 * ```
 */
export class SymbolRefusedError extends TickmarkError {
  /** The symbol, in the spelling of the application. */
  readonly symbol: string;
  /** Why. */
  readonly reason: string;
  /** The source's error code, where there is one. */
  readonly sourceCode: string | number | undefined;

  constructor(source: string, symbol: string, reason: string, sourceCode?: string | number) {
    const code = sourceCode === undefined ? '' : ` (code ${sourceCode})`;
    super('SYMBOL_REFUSED', `${source} does not deliver ${quote(symbol)}: ${reason}${code}.`);
    this.symbol = symbol;
    this.reason = reason;
    this.sourceCode = sourceCode;
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
