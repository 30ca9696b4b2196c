import { BasePriceStreamAdapter } from './base-price-stream-adapter.js';
import type { BasePriceStreamAdapterOptions } from './base-price-stream-adapter-options.js';
import type { PriceStreamAdapter } from './price-stream-adapter.js';
import type { PriceStreamLink } from './price-stream-link.js';

/** The functions of a price stream, for {@link createPriceStream}, with the options of `BasePriceStreamAdapter`. */
export interface PriceStreamDefinition extends BasePriceStreamAdapterOptions {
  /** Name in error messages. Default `'PriceStream'`. */
  readonly name?: string;
  /**
   * Opens the link. The stream is connected when this has returned, or when its promise resolves. It must settle soon after `link.signal`
   * fires. Returns a function that closes what it opened; that is called once, even after the link has failed. If `open` throws,
   * `connect()` rejects with `STREAM_FAILED`.
   */
  readonly open: (
    link: PriceStreamLink,
  ) => (() => Promise<void> | void) | void | Promise<(() => Promise<void> | void) | void>;
  /** Subscribes to new symbols, at least one. Default: does nothing, for sources that send all symbols. */
  readonly addSymbols?: (symbols: readonly string[]) => Promise<void> | void;
  /** Unsubscribes from symbols, at least one. Default: does nothing. */
  readonly removeSymbols?: (symbols: readonly string[]) => Promise<void> | void;
}

/** Closes a link. */
type CloseLink = () => Promise<void> | void;

/**
 * Creates a price stream from functions: the short form of a class that extends `BasePriceStreamAdapter`. Prices of symbols that
 * nobody subscribed to are dropped, so a source that sends all symbols needs only `open`.
 *
 * @example
 * ```ts
 * import { createPriceStream } from 'tickmark';
 *
 * const stream = createPriceStream({
 *   name: 'Simulator',
 *   open(link) {
 *     const timer = setInterval(() => link.deliver({ symbol: 'AAPL', price: '187.20', timestamp: Date.now() }), 1000);
 *     return () => clearInterval(timer);
 *   },
 * });
 * await stream.connect();
 * await stream.subscribe(['AAPL']);
 * await stream.disconnect();
 * ```
 * @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted.
 */
export function createPriceStream(definition: PriceStreamDefinition): PriceStreamAdapter {
  return new FunctionPriceStreamAdapter(definition);
}

class FunctionPriceStreamAdapter extends BasePriceStreamAdapter {
  readonly #definition: PriceStreamDefinition;
  #close: CloseLink | undefined;

  constructor(definition: PriceStreamDefinition) {
    super(definition, definition.name ?? 'PriceStream');
    this.#definition = definition;
  }

  protected override async openLink(link: PriceStreamLink): Promise<void> {
    this.#close = (await this.#definition.open(link)) ?? undefined;
  }

  protected override async closeLink(): Promise<void> {
    const close = this.#close;
    this.#close = undefined;
    await close?.();
  }

  protected override addSymbols(symbols: readonly string[]): Promise<void> | void {
    return this.#definition.addSymbols?.(symbols);
  }

  protected override removeSymbols(symbols: readonly string[]): Promise<void> | void {
    return this.#definition.removeSymbols?.(symbols);
  }
}
