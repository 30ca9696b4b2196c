import { BasePriceStreamAdapter } from './base-price-stream-adapter.js';
import { STREAM_OPTIONS, type BasePriceStreamAdapterOptions } from './base-price-stream-adapter-options.js';
import { invalidArgument } from '../errors.js';
import type { PriceStreamAdapter } from './price-stream-adapter.js';
import type { PriceStreamLink } from './price-stream-link.js';
import { checkNames } from '../option-names.js';
import { checkOptions, type OptionShapes } from '../options.js';

/** Closes what `connect` opened. Called once, even after the link has failed. */
export type StopPriceStream = () => Promise<void> | void;

/** What `connect` of a {@link priceStream} may return instead of a stop function, for sources that must be told which symbols to send. */
export interface PriceStreamConnection {
  /** Subscribes to new symbols, at least one. Default: does nothing, for sources that send all symbols. */
  readonly subscribe?: (symbols: readonly string[]) => Promise<void> | void;
  /** Unsubscribes from symbols, at least one. Default: does nothing. */
  readonly unsubscribe?: (symbols: readonly string[]) => Promise<void> | void;
  /** Closes what `connect` opened. Default: nothing is to be closed. */
  readonly stop?: StopPriceStream;
}

/** The definition of a {@link priceStream}, with the options of `BasePriceStreamAdapter`. */
export interface PriceStreamDefinition extends BasePriceStreamAdapterOptions {
  /** Name in error messages. Default `'PriceStream'`. */
  readonly name?: string;
  /**
   * Opens the connection. The stream is connected when this has returned, or when its promise resolves. It must settle soon after `signal`
   * fires. Returns a function that closes what it opened, or a {@link PriceStreamConnection}. If it throws, `connect()` of the stream rejects with
   * `STREAM_FAILED`.
   */
  readonly connect: (
    link: PriceStreamLink,
    context: { readonly signal: AbortSignal },
  ) => ConnectedPriceStream | Promise<ConnectedPriceStream>;
}

/** What the `connect` of a {@link priceStream} returns. */
export type ConnectedPriceStream = StopPriceStream | PriceStreamConnection | void;

/**
 * Creates a price stream from one function: the short form of a class that extends `BasePriceStreamAdapter`. Prices of symbols that
 * nobody subscribed to are dropped, so a source that sends all symbols returns only the function that stops it.
 *
 * @example
 * ```ts
 * import { priceStream } from 'tickmark';
 *
 * const stream = priceStream({
 *   name: 'Simulator',
 *   connect(link) {
 *     const timer = setInterval(() => link.deliver({ symbol: 'AAPL', price: '187.20', timestamp: Date.now() }), 1000);
 *     return () => clearInterval(timer);
 *   },
 * });
 * await stream.connect();
 * await stream.subscribe(['AAPL']);
 * await stream.disconnect();
 * ```
 *
 * @example A source that must be told which symbols to send
 * ```ts
 * import { priceStream } from 'tickmark';
 *
 * const stream = priceStream({
 *   name: 'Desk',
 *   async connect(link, { signal }) {
 *     const socket = new WebSocket('wss://prices.example.com/live');
 *     await new Promise((resolve, reject) => {
 *       socket.onopen = resolve;
 *       socket.onerror = reject;
 *       signal.addEventListener('abort', reject);
 *     });
 *     socket.onmessage = ({ data }) => link.deliver(JSON.parse(data));
 *     socket.onclose = () => link.fail(new Error('The desk closed the connection.'));
 *     return {
 *       subscribe: (symbols) => socket.send(JSON.stringify({ subscribe: symbols })),
 *       unsubscribe: (symbols) => socket.send(JSON.stringify({ unsubscribe: symbols })),
 *       stop: () => socket.close(),
 *     };
 *   },
 * });
 * ```
 * @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted.
 */
export function priceStream(definition: PriceStreamDefinition): PriceStreamAdapter {
  return new FunctionPriceStreamAdapter(definition);
}

const SHAPES: OptionShapes<PriceStreamDefinition> = { ...STREAM_OPTIONS, name: 'string', connect: true };

const PARTS: Readonly<Record<keyof PriceStreamConnection, true>> = {
  subscribe: true,
  unsubscribe: true,
  stop: true,
};
const NAMES = Object.keys(PARTS) as Array<keyof PriceStreamConnection>;

class FunctionPriceStreamAdapter extends BasePriceStreamAdapter {
  readonly #name: string;
  readonly #connect: PriceStreamDefinition['connect'];
  #connection: PriceStreamConnection = {};

  constructor(definition: PriceStreamDefinition) {
    checkOptions('priceStream', definition, SHAPES);
    const { name = 'PriceStream', connect } = definition;
    if (typeof connect !== 'function')
      throw invalidArgument(`priceStream ${name}: connect`, connect, 'a function');
    super(definition, name);
    this.#name = name;
    this.#connect = connect;
  }

  protected override async openLink(link: PriceStreamLink): Promise<void> {
    const returned = await this.#connect(link, { signal: link.signal });
    const given = (returned ?? {}) as StopPriceStream | PriceStreamConnection;
    this.#connection = typeof given === 'function' ? { stop: given } : given;
    const where = `${this.#name}: what connect returned`;
    // What cannot be called would leave open what was opened, and nobody would be told.
    if (Object.getPrototypeOf(given) === Object.prototype) checkNames(where, 'field', given, PARTS);
    else if (NAMES.every((part) => this.#connection[part] === undefined))
      throw invalidArgument(where, given, `a function, or an object with ${NAMES.join(', ')}`);
    for (const part of NAMES) {
      const value = this.#connection[part];
      if (value === undefined || typeof value === 'function') continue;
      throw invalidArgument(`${this.#name}: ${part}, returned by connect`, value, 'a function');
    }
  }

  protected override async closeLink(): Promise<void> {
    const { stop } = this.#connection;
    this.#connection = {};
    if (typeof stop === 'function') await stop();
  }

  protected override addSymbols(symbols: readonly string[]): Promise<void> | void {
    return this.#connection.subscribe?.(symbols);
  }

  protected override removeSymbols(symbols: readonly string[]): Promise<void> | void {
    return this.#connection.unsubscribe?.(symbols);
  }
}
