import { VenueServer, type ServedClient, type UpgradeAnswer, type UpgradeRequest } from './venue-server.js';

/** A server that speaks Finnhub's protocol, as far as a test needs it. */
export class FinnhubServer extends VenueServer {
  readonly token = 'finnhub-token-7731';
  /** Most symbols of a client. */
  symbolLimit = Infinity;
  /** Symbols that are answered with an error. */
  readonly unknown = new Set<string>();

  protected readonly channel = 'trade';

  /** Sends a trade, with the digits of its price as they are written. */
  trade(symbol: string, price: string, at = this.now()): void {
    this.publish(symbol, `{"data":[${tradeText(symbol, price, at)}],"type":"trade"}`);
  }

  protected override admit(request: UpgradeRequest): UpgradeAnswer {
    const { searchParams } = new URL(request.url!, this.url);
    const isKnown = searchParams.get('token') === this.token;
    return isKnown || this.upgrade.kind !== 'accept' ? this.upgrade : { kind: 'status', status: 401 };
  }

  protected override streamParts(symbol: string): readonly [channel: string, symbol: string] {
    return [this.channel, symbol];
  }

  protected answer({ socket, streams }: ServedClient, text: string): void {
    const { type, symbol } = JSON.parse(text) as { type: string; symbol: string };
    const fail = (msg: string): void => socket.send(JSON.stringify({ msg, type: 'error' }));
    if (type === 'unsubscribe') return void streams.set(symbol, 0);
    if (this.unknown.has(symbol)) return fail(`Invalid symbol ${symbol}`);
    const taken = [...streams.values()].filter((count) => count > 0).length;
    if (taken >= this.symbolLimit) return fail('Subscribing to too many symbols');
    streams.set(symbol, (streams.get(symbol) ?? 0) + 1);
  }
}

/** A trade as the venue writes it. */
export function tradeText(symbol: string, price: string, at: number, conditions = '["1","12"]'): string {
  return `{"c":${conditions},"p":${price},"s":"${symbol}","t":${at},"v":5}`;
}
