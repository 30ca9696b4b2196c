import { quote, TickmarkError } from '../errors.js';

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
