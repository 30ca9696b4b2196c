import { VenueServer, type ServedClient } from './venue-server.js';

interface Action {
  readonly action: string;
  readonly key?: string;
  readonly secret?: string;
  readonly trades?: readonly string[];
  readonly quotes?: readonly string[];
}

const CHANNELS = ['trades', 'quotes'] as const;

/** A server that speaks Alpaca's protocol, as far as a test needs it. */
export class AlpacaServer extends VenueServer {
  readonly key = 'alpaca-key-5512';
  readonly secret = 'alpaca-secret-9034';
  /** Most symbols of a channel. */
  symbolLimit = Infinity;
  /** Most clients that are accepted at the same time. */
  connectionLimit = Infinity;
  /** Symbols that are no valid syntax: a request with one is refused as a whole. */
  readonly malformed = new Set<string>();
  /** Symbols that are silently not subscribed. */
  readonly unlisted = new Set<string>();
  /** An error that is sent instead of accepting a client. */
  loginError: { readonly code: number; readonly msg: string } | undefined;
  /** Requests so far, and refused ones. */
  requests = 0;
  protected readonly channel = 'trades';
  readonly #loggedIn = new Set<ServedClient>();

  /** Sends a trade, with the digits of its price as they are written. */
  trade(symbol: string, price: string, at = this.now(), conditions: readonly string[] = ['@']): void {
    this.publish(`trades ${symbol}`, `[${tradeText(symbol, price, new Date(at).toISOString(), conditions)}]`);
  }

  /** Sends best bid and ask. */
  quote(symbol: string, bid: string, ask: string, at = this.now()): void {
    const t = new Date(at).toISOString();
    this.publish(`quotes ${symbol}`, `[${quoteText(symbol, bid, ask, t)}]`);
  }

  /** Sends an error to all clients. */
  error(code: number, msg: string): void {
    this.broadcast(JSON.stringify([{ T: 'error', code, msg }]));
  }

  protected override greet({ socket }: ServedClient): void {
    socket.send('[{"T":"success","msg":"connected"}]');
  }

  protected answer(client: ServedClient, text: string): void {
    const { action, key, secret, ...asked } = JSON.parse(text) as Action;
    const say = (message: object): void => client.socket.send(JSON.stringify([message]));
    const fail = (code: number, msg: string): void => say({ T: 'error', code, msg });
    const isIn = this.#loggedIn.has(client);
    if (action === 'auth') {
      if (isIn) return fail(403, 'already authenticated');
      if (key !== this.key || secret !== this.secret) return fail(402, 'auth failed');
      if (this.loginError) return fail(this.loginError.code, this.loginError.msg);
      const others = [...this.#loggedIn].filter((each) => this.clients.has(each));
      if (others.length >= this.connectionLimit) return fail(406, 'connection limit exceeded');
      this.#loggedIn.add(client);
      return say({ T: 'success', msg: 'authenticated' });
    }
    if (!isIn) return fail(401, 'not authenticated');
    this.requests++;
    const { streams } = client;
    const subscribed = (channel: string): string[] =>
      [...streams].flatMap(([stream, count]) => {
        const [of, symbol] = this.streamParts(stream);
        return of === channel && count > 0 ? [symbol] : [];
      });
    for (const channel of CHANNELS) {
      const symbols = asked[channel];
      if (symbols?.length === 0 || symbols?.some((symbol) => this.malformed.has(symbol)))
        return fail(400, 'invalid syntax');
      const all = new Set([...subscribed(channel), ...(symbols ?? [])]);
      if (action === 'subscribe' && all.size > this.symbolLimit) return fail(405, 'symbol limit exceeded');
    }
    for (const channel of CHANNELS) {
      for (const symbol of asked[channel] ?? []) {
        const stream = `${channel} ${symbol}`;
        if (action === 'unsubscribe') streams.set(stream, 0);
        else if (!this.unlisted.has(symbol)) streams.set(stream, (streams.get(stream) ?? 0) + 1);
      }
    }
    const table = CHANNELS.map((channel) => [channel, subscribed(channel)] as const);
    // A list without symbols is left out.
    say({ T: 'subscription', ...Object.fromEntries(table.filter(([, symbols]) => symbols.length > 0)) });
  }
}

/** A trade as the venue writes it. */
export function tradeText(
  symbol: string,
  price: string,
  time: string,
  conditions: readonly string[] = ['@'],
  tape = 'C',
): string {
  const c = JSON.stringify(conditions);
  return `{"T":"t","S":"${symbol}","i":628,"x":"K","p":${price},"s":3,"c":${c},"z":"${tape}","t":"${time}"}`;
}

/** Best bid and ask as the venue writes them. */
export function quoteText(symbol: string, bid: string, ask: string, time: string): string {
  return `{"T":"q","S":"${symbol}","bx":"K","bp":${bid},"bs":2,"ax":"Q","ap":${ask},"as":1,"c":["R"],"z":"C","t":"${time}"}`;
}
