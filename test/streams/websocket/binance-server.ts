import { VenueServer, type ServedClient } from './venue-server.js';

interface Request {
  readonly method: string;
  readonly params?: readonly string[];
  readonly id: number;
}

/** A server that speaks Binance's protocol, as far as a test needs it. */
export class BinanceServer extends VenueServer {
  /** Symbols for which a request is answered with an error, as a whole. */
  readonly refused = new Set<string>();
  protected readonly channel = 'trade';
  readonly #tradeIds = new Map<string, number>();
  #updateId = 1_000_000;

  /** Sends a trade to all its subscribers, or to some of them in this order. */
  trade(symbol: string, price = 1, time = this.now(), to?: Iterable<ServedClient>): void {
    const id = (this.#tradeIds.get(symbol) ?? 0) + 1;
    this.#tradeIds.set(symbol, id);
    const p = price.toFixed(8);
    const data = { e: 'trade', E: time, s: symbol, t: id, p, q: '1.00000000', T: time, m: true, M: true };
    this.publish(`${symbol.toLowerCase()}@trade`, JSON.stringify(data), to);
  }

  /** Sends best bid and ask to all subscribers. */
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

  protected override streamParts(stream: string): readonly [channel: string, symbol: string] {
    const at = stream.indexOf('@');
    return [stream.slice(at + 1), stream.slice(0, at).toUpperCase()];
  }

  protected answer({ socket, streams }: ServedClient, text: string): void {
    const { method, params = [], id } = JSON.parse(text) as Request;
    const bad = params.find((stream) => this.refused.has(this.streamParts(stream)[1]));
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

  /** Unsubscribes, even if the answer is lost. */
  protected override ignore({ streams }: ServedClient, text: string): void {
    const { method, params = [] } = JSON.parse(text) as Request;
    if (method === 'UNSUBSCRIBE') for (const stream of params) streams.set(stream, 0);
  }
}
