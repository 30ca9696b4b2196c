import {
  binance,
  WebSocketPriceStreamAdapter,
  type WebSocketPriceStreamAdapterOptions,
} from 'tickmark/websocket';
import type { PriceStreamGap, PriceStreamMessage } from 'tickmark';
import { BinanceServer } from './binance-server.js';

/** A stream on real sockets and the real clock, with a server that ticks. */
export class RealStream {
  readonly server: BinanceServer;
  readonly adapter: WebSocketPriceStreamAdapter;
  readonly gaps: PriceStreamGap[] = [];
  readonly symbols: readonly string[];
  /** What came before the price at which a wait ended. */
  readonly log: string[] = [];
  #listener: ((message: PriceStreamMessage) => void) | undefined;
  #ticking: NodeJS.Timeout;
  #price = 0;

  private constructor(
    server: BinanceServer,
    symbols: readonly string[],
    adapter: WebSocketPriceStreamAdapter,
  ) {
    this.server = server;
    this.symbols = symbols;
    this.adapter = adapter;
    adapter.onMessage((message) => {
      if ('type' in message) this.gaps.push(message);
      this.#listener?.(message);
    });
    this.#ticking = setInterval(() => this.tick(), 10);
  }

  static async start(
    options: Partial<WebSocketPriceStreamAdapterOptions> = {},
    url?: string,
  ): Promise<RealStream> {
    const server = await BinanceServer.start();
    return RealStream.on(server, options, url ?? server.url);
  }

  static async on(
    server: BinanceServer,
    options: Partial<WebSocketPriceStreamAdapterOptions>,
    url: string,
  ): Promise<RealStream> {
    const symbols = ['AAA', 'BBB', 'CCC'];
    const { framesPerSecond: _, ...limits } = binance().limits!;
    // Without the pace, which fake clocks test: a thousand losses would take as many seconds.
    const venue = { ...binance({ url, quotes: false }), limits };
    const stream = new RealStream(server, symbols, new WebSocketPriceStreamAdapter({ venue, ...options }));
    await stream.adapter.connect();
    await stream.adapter.subscribe(symbols);
    return stream;
  }

  tick(): void {
    this.#price++;
    for (const symbol of this.symbols) this.server.trade(symbol, this.#price);
  }

  /** Stops the ticks, so that only pings keep the link alive. */
  hush(): void {
    clearInterval(this.#ticking);
  }

  /** Resolves when a price of each symbol has come after a gap; gives ms since the call. */
  async backWithData(): Promise<number> {
    const began = performance.now();
    const missing = new Set(this.symbols);
    let hasGap = false;
    await new Promise<void>((resolve) => {
      this.#listener = (message) => {
        if ('type' in message) hasGap = true;
        else if (hasGap) missing.delete(message.symbol);
        if (missing.size === 0) resolve();
      };
    });
    this.#listener = undefined;
    return performance.now() - began;
  }

  /** Resolves when the status is this one; gives ms since the call. */
  async until(state: string): Promise<number> {
    const began = performance.now();
    while (this.adapter.getStatus().state !== state) await new Promise((resolve) => setTimeout(resolve, 2));
    return performance.now() - began;
  }

  async close(): Promise<void> {
    this.hush();
    await this.adapter.disconnect();
    await this.server.close();
  }
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
}
