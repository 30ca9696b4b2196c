import { VenueServer, type ServedClient } from './venue-server.js';

interface KrakenRequest {
  readonly method: 'subscribe' | 'unsubscribe' | 'ping';
  readonly params?: {
    readonly channel: string;
    readonly symbol?: readonly string[];
    readonly event_trigger?: string;
    readonly snapshot?: boolean;
  };
  readonly req_id?: number;
}

const TIMES = { time_in: '2026-10-03T20:58:30.560234Z', time_out: '2026-10-03T20:58:30.560271Z' };

/** A server that speaks Kraken's protocol, version 2, as far as a test needs it. */
export class KrakenServer extends VenueServer {
  readonly unknown = new Set<string>();
  /** Whether the last ticker of a pair is sent when it is subscribed. */
  snapshots = true;
  /** What the next requests are answered with instead, as a whole: one each. */
  readonly errors: string[] = [];
  system = 'online';
  protected readonly channel = 'ticker';
  readonly #tickers = new Map<string, string>();
  #tradeId = 0;

  /** Sends a ticker to whoever asked for it; prices are the digits of the numbers in the frame. */
  ticker(
    symbol: string,
    last: string,
    { bid = '0', ask = '0', time = this.now() }: { bid?: string; ask?: string; time?: number } = {},
  ): void {
    const ticker =
      `{"symbol":"${symbol}","bid":${bid},"bid_qty":329.06250000,"ask":${ask},"ask_qty":1771.75027615,` +
      `"last":${last},"volume":9095630.20903971,"trades":4606,"timestamp":"${rfc3339(time)}"}`;
    this.#tickers.set(symbol, ticker);
    this.publish(`ticker ${symbol}`, `{"channel":"ticker","type":"update","data":[${ticker}]}`);
  }

  /** Sends a trade to whoever asked for it. */
  trade(symbol: string, price: string, time = this.now()): void {
    const trade =
      `{"symbol":"${symbol}","side":"sell","price":${price},"qty":0.50000000,"ord_type":"market",` +
      `"trade_id":${++this.#tradeId},"timestamp":"${rfc3339(time)}"}`;
    this.publish(`trade ${symbol}`, `{"channel":"trade","type":"update","data":[${trade}]}`);
  }

  /** Sends the beat of a second. */
  heartbeat(): void {
    this.publish('heartbeat', '{"channel":"heartbeat"}');
  }

  /** The trading engine changes its state. */
  become(system: string): void {
    this.system = system;
    this.broadcast(this.#status());
  }

  protected override greet({ socket }: ServedClient): void {
    socket.send(this.#status());
  }

  protected answer(client: ServedClient, text: string): void {
    const { method, params, req_id } = JSON.parse(text) as KrakenRequest;
    const send = (fields: object): void =>
      client.socket.send(JSON.stringify({ method, ...fields, ...(req_id === undefined ? {} : { req_id }) }));
    if (method === 'ping') return send({ method: 'pong', ...TIMES });
    const { channel, symbol: symbols, event_trigger, snapshot } = params!;
    if (!symbols) {
      client.streams.set(channel, 1);
      return send({ result: { channel }, success: true, ...TIMES });
    }
    const error = this.errors.shift();
    if (error !== undefined) return send({ success: false, error, ...TIMES });
    for (const symbol of symbols) this.#answerFor(client, channel, symbol, method === 'subscribe', send);
    for (const symbol of symbols) {
      const ticker = this.#tickers.get(symbol);
      const isWanted = method === 'subscribe' && snapshot && event_trigger !== undefined && this.snapshots;
      if (isWanted && ticker && client.streams.get(`${channel} ${symbol}`))
        client.socket.send(`{"channel":"ticker","type":"snapshot","data":[${ticker}]}`);
    }
  }

  #answerFor(
    { streams }: ServedClient,
    channel: string,
    symbol: string,
    isWanted: boolean,
    send: (fields: object) => void,
  ): void {
    const stream = `${channel} ${symbol}`;
    const fail = (error: string): void => send({ error, success: false, symbol, ...TIMES });
    if (this.unknown.has(symbol)) return fail(`Currency pair not supported ${symbol}`);
    if (isWanted && streams.get(stream)) return fail('Already subscribed');
    streams.set(stream, isWanted ? 1 : 0);
    send({ result: { channel, symbol }, success: true, ...TIMES });
  }

  #status(): string {
    return (
      `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"${this.system}",` +
      '"api_version":"v2","connection_id":3364750901719990046}]}'
    );
  }
}

/** To the microsecond, as the venue writes it. */
function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '648Z');
}
