import { VenueServer, type ServedClient } from './venue-server.js';

interface CoinbaseRequest {
  readonly type: 'subscribe' | 'unsubscribe';
  readonly channel: string;
  readonly product_ids?: readonly string[];
  readonly jwt?: string;
}

/** A server that speaks the protocol of Coinbase Advanced, as far as a test needs it. */
export class CoinbaseServer extends VenueServer {
  /** Products that it does not know: left out of answers without a word. */
  readonly unknown = new Set<string>();
  /** What the next requests are answered with instead: one each. */
  readonly errors: string[] = [];
  /** Whether the last ticker of a product is sent when it is subscribed. */
  snapshots = true;
  /** Tokens of the requests so far. */
  readonly jwts: (string | undefined)[] = [];
  protected readonly channel = 'ticker';
  readonly #sequences = new Map<ServedClient, number>();
  readonly #tickers = new Map<string, object>();
  #tradeId = 0;
  #heartbeats = 0;

  /** Sends a ticker to whoever asked for it. */
  ticker(
    product: string,
    price: string,
    { bid = '', ask = '', time = this.now() }: { bid?: string; ask?: string; time?: number } = {},
  ): void {
    const fields = { type: 'ticker', product_id: product, price, volume_24_h: '2867.54532609' };
    const ticker = { ...fields, best_bid: bid, best_ask: ask, best_bid_quantity: '0.2' };
    this.#tickers.set(product, ticker);
    const event = { type: 'update', tickers: [ticker] };
    for (const client of this.#subscribers('ticker', product)) this.#send(client, 'ticker', event, time);
  }

  /** Sends a trade to whoever asked for it. */
  trade(product: string, price: string, time = this.now()): void {
    const fields = {
      product_id: product,
      trade_id: String(++this.#tradeId),
      price,
      size: '0.01',
      side: 'SELL',
    };
    const event = { type: 'update', trades: [{ ...fields, time: rfc3339(time) }] };
    for (const client of this.#subscribers('market_trades', product)) {
      this.#send(client, 'market_trades', event, time + 30);
    }
  }

  /** Sends the beat of a second. */
  heartbeat(): void {
    const current_time = '2026-08-09 21:05:48.854840045 +0000 UTC m=+41691.260485341';
    const event = { current_time, heartbeat_counter: ++this.#heartbeats };
    for (const client of this.#subscribers('heartbeats', 'heartbeats'))
      this.#send(client, 'heartbeats', event, this.now());
  }

  /** Numbers a frame that is not sent. */
  lose(client: ServedClient): void {
    this.#sequences.set(client, this.#next(client) + 1);
  }

  protected override greet(client: ServedClient): void {
    this.#sequences.set(client, 0);
  }

  protected answer(client: ServedClient, text: string): void {
    const { type, channel, product_ids, jwt } = JSON.parse(text) as CoinbaseRequest;
    this.jwts.push(jwt);
    const message = this.errors.shift();
    if (message !== undefined) return client.socket.send(JSON.stringify({ type: 'error', message }));
    const all = channel === 'heartbeats' ? ['heartbeats'] : [...this.table(channel).keys()];
    const known = (product_ids ?? all).filter((product) => !this.unknown.has(product));
    for (const product of known) {
      client.streams.set(`${channel} ${product}`, type === 'subscribe' ? 1 : 0);
      const ticker = channel === 'ticker' && type === 'subscribe' && this.#tickers.get(product);
      // Snapshots come before the answer.
      if (ticker && this.snapshots)
        this.#send(client, channel, { type: 'snapshot', tickers: [ticker] }, this.now());
    }
    const subscriptions: Record<string, string[]> = {};
    for (const [stream, count] of client.streams) {
      const [ofChannel, product] = this.streamParts(stream);
      if (count > 0) (subscriptions[ofChannel] ??= []).push(product);
    }
    this.#send(client, 'subscriptions', { subscriptions }, this.now());
  }

  #subscribers(channel: string, product: string): ServedClient[] {
    return [...this.clients].filter(({ streams }) => streams.get(`${channel} ${product}`) === 1);
  }

  #send(client: ServedClient, channel: string, event: object, time: number): void {
    const sequence_num = this.#next(client);
    this.#sequences.set(client, sequence_num + 1);
    const frame = { channel, timestamp: rfc3339(time), sequence_num, events: [event] };
    client.socket.send(JSON.stringify(frame));
  }

  #next(client: ServedClient): number {
    return this.#sequences.get(client) ?? 0;
  }
}

/** With the digits of a nanosecond, as the venue writes it. */
function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '568804Z');
}
