import { VenueServer, type ServedClient } from './venue-server.js';

/** A server on loopback that speaks Binance's protocol, as far as a test scripts it. */
export class BinanceServer extends VenueServer {
  /** Streams that are answered with an error. */
  readonly refused = new Set<string>();
  readonly #tradeIds = new Map<string, number>();
  #updateId = 1_000_000;

  /** Symbols whose streams are subscribed at some client, and how often. */
  table(suffix = '@trade'): Map<string, number> {
    const table = new Map<string, number>();
    for (const { streams } of this.clients) {
      for (const [stream, count] of streams) {
        if (!stream.endsWith(suffix) || count === 0) continue;
        const symbol = stream.slice(0, -suffix.length).toUpperCase();
        table.set(symbol, (table.get(symbol) ?? 0) + count);
      }
    }
    return table;
  }

  /** Sends a trade to whoever asked for it. */
  trade(symbol: string, price: number, time = Date.now()): void {
    const id = (this.#tradeIds.get(symbol) ?? 0) + 1;
    this.#tradeIds.set(symbol, id);
    const p = price.toFixed(8);
    const data = { e: 'trade', E: time, s: symbol, t: id, p, q: '1.00000000', T: time, m: true, M: true };
    this.publish(`${symbol.toLowerCase()}@trade`, JSON.stringify(data));
  }

  /** Sends best bid and ask to whoever asked for them. */
  quote(symbol: string, bid: number, ask: number): void {
    const data = {
      u: ++this.#updateId,
      s: symbol,
      b: bid.toFixed(8),
      B: '1.00000000',
      a: ask.toFixed(8),
      A: '1.00000000',
    };
    this.publish(`${symbol.toLowerCase()}@bookTicker`, JSON.stringify(data));
  }

  /** Leaves out a trade number, as when a frame was lost. */
  loseTrade(symbol: string): void {
    this.#tradeIds.set(symbol, (this.#tradeIds.get(symbol) ?? 0) + 1);
  }

  protected answer({ socket, streams }: ServedClient, text: string): void {
    const { method, params = [], id } = JSON.parse(text) as { method: string; params?: string[]; id: number };
    const bad = params.find((stream) => this.refused.has(stream));
    if (method === 'SUBSCRIBE' && bad !== undefined) {
      socket.send(JSON.stringify({ code: 2, msg: `Invalid request: invalid stream ${bad}`, id }));
      return;
    }
    for (const stream of params) {
      const count = streams.get(stream) ?? 0;
      streams.set(stream, method === 'SUBSCRIBE' ? count + 1 : 0);
    }
    const isList = method === 'LIST_SUBSCRIPTIONS';
    socket.send(JSON.stringify({ result: isList ? [...streams.keys()] : null, id }));
  }
}
