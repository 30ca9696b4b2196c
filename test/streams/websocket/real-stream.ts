import {
  binance,
  WebSocketPriceStreamAdapter,
  type WebSocketPriceStreamAdapterOptions,
} from 'tickmark/websocket';
import type { PriceStreamGap, PriceStreamMessage } from 'tickmark';
import { until } from '../../waiting.js';
import { BinanceServer } from './binance-server.js';

/** A stream on real sockets and the real clock, with a server that ticks. */
export class RealStream {
  readonly server: BinanceServer;
  readonly adapter: WebSocketPriceStreamAdapter;
  readonly gaps: PriceStreamGap[] = [];
  readonly symbols: readonly string[];
  /** The longest time in ms without a tick, which shows how long the process was blocked. */
  longestPauseMs = 0;
  #tickedAt = performance.now();
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

  static async start(options: Partial<WebSocketPriceStreamAdapterOptions> = {}): Promise<RealStream> {
    const server = await BinanceServer.start();
    return RealStream.on(server, options, server.url);
  }

  static async on(
    server: BinanceServer,
    options: Partial<WebSocketPriceStreamAdapterOptions>,
    url: string,
  ): Promise<RealStream> {
    const symbols = ['AAA', 'BBB', 'CCC'];
    const { framesPerSecond: _, ...limits } = binance().limits!;
    const adapter = new WebSocketPriceStreamAdapter({
      // Without the pace, which fake clocks test: a thousand losses would take as many seconds.
      venue: { ...binance({ url, quotes: false }), limits },
      // Deadlines are tested with fake clocks; a busy machine needs more time.
      deadlines: { connect: Infinity, subscribe: Infinity },
      ...options,
    });
    const stream = new RealStream(server, symbols, adapter);
    await stream.adapter.connect();
    await stream.adapter.subscribe(symbols);
    return stream;
  }

  tick(): void {
    const now = performance.now();
    this.longestPauseMs = Math.max(this.longestPauseMs, now - this.#tickedAt);
    this.#tickedAt = now;
    this.#price++;
    for (const symbol of this.symbols) this.server.trade(symbol, this.#price);
  }

  /** Stops the ticks, so that only pings keep the link alive. */
  hush(): void {
    clearInterval(this.#ticking);
  }

  /** Resolves when a price of each symbol has come after a gap, with the ms since the call. */
  async backWithData(): Promise<number> {
    const missing = new Set(this.symbols);
    let hasGap = false;
    this.#listener = (message) => {
      if ('type' in message) hasGap = true;
      else if (hasGap) missing.delete(message.symbol);
    };
    const ms = await until('a price of each symbol after a gap', () => missing.size === 0, { everyMs: 1 });
    this.#listener = undefined;
    return ms;
  }

  async close(): Promise<void> {
    this.hush();
    await this.adapter.disconnect();
    await this.server.close();
  }
}
