import { parseExactJson, type Venue, type VenueSink } from 'tickmark/websocket';

/**
 * Venues that tickmark does not ship, of which there are recordings: small objects as a user would write them, for their public
 * channels of prices.
 */
type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Reads a JSON frame, or counts that it is none. */
function parsed(frame: string | Uint8Array, sink: VenueSink): unknown {
  try {
    return parseExactJson(String(frame));
  } catch {
    sink.rejected('malformed-json');
    return undefined;
  }
}

/** Bybit v5: tickers come as a snapshot, then as changed fields only. */
export const bybit: Venue = {
  name: 'bybit',
  url: 'wss://stream.bybit.com/v5/public/linear',
  heartbeat: { text: '{"op":"ping"}', textIntervalMs: 20_000 },
  open: (sink) => {
    const tickers = new Map<string, Fields>();
    // Answers come in order, and do not name their symbols.
    const requests: (readonly string[])[] = [];
    const args = (symbols: readonly string[]) => symbols.map((symbol) => `tickers.${symbol}`);
    return {
      subscribe: (symbols) => {
        requests.push(symbols);
        return [JSON.stringify({ op: 'subscribe', args: args(symbols) })];
      },
      unsubscribe: (symbols) => [JSON.stringify({ op: 'unsubscribe', args: args(symbols) })],
      receive(frame, receivedAt) {
        const value = parsed(frame, sink);
        if (value === undefined) return;
        if (!isFields(value)) return sink.rejected('unknown-frame');
        const { topic, op, success, data, ts } = value;
        if (op === 'subscribe') {
          const symbols = success === true ? requests.shift() : undefined;
          return symbols ? sink.confirmed(symbols) : sink.control('answer');
        }
        if (typeof topic !== 'string') return sink.rejected('unknown-frame');
        if (topic.startsWith('publicTrade.') && Array.isArray(data) && data.length > 0) {
          for (const trade of data as readonly unknown[]) {
            if (!isFields(trade)) sink.rejected('bad-field');
            else {
              const { s, p, T } = trade;
              sink.update({
                symbol: textOf(s) ?? '',
                price: textOf(p) ?? '',
                timestamp: Number(T),
                receivedAt,
              });
            }
          }
          return;
        }
        if (!topic.startsWith('tickers.')) return sink.control('other-topic');
        if (!isFields(data) || typeof data.symbol !== 'string') return sink.rejected('bad-field');
        const ticker = { ...tickers.get(data.symbol), ...data };
        tickers.set(data.symbol, ticker);
        const { symbol, lastPrice, bid1Price, ask1Price } = ticker as Fields & { symbol: string };
        if (lastPrice === undefined) return sink.control('quote-before-trade');
        sink.update({
          symbol,
          price: textOf(lastPrice) ?? '',
          bid: textOf(bid1Price),
          ask: textOf(ask1Price),
          timestamp: Number(ts),
          receivedAt,
        });
      },
    };
  },
};

/** OKX v5: times are texts, an empty text is no value, and pings are the word, not JSON. */
export const okx: Venue = {
  name: 'okx',
  url: 'wss://ws.okx.com:8443/ws/v5/public',
  heartbeat: { text: 'ping', textIntervalMs: 20_000 },
  open: (sink) => {
    const args = (symbols: readonly string[]) => symbols.map((instId) => ({ channel: 'tickers', instId }));
    return {
      subscribe: (symbols) => [JSON.stringify({ op: 'subscribe', args: args(symbols) })],
      unsubscribe: (symbols) => [JSON.stringify({ op: 'unsubscribe', args: args(symbols) })],
      receive(frame, receivedAt) {
        if (frame === 'pong') return sink.control('pong');
        const value = parsed(frame, sink);
        if (value === undefined) return;
        if (!isFields(value) || !isFields(value.arg)) return sink.rejected('unknown-frame');
        const { event, arg, data } = value;
        const { channel, instId } = arg;
        if (event === 'subscribe' && typeof instId === 'string') return sink.confirmed([instId]);
        if (!Array.isArray(data) || data.length === 0) return sink.rejected('unknown-frame');
        if (channel !== 'tickers' && channel !== 'trades') return sink.control('other-channel');
        for (const each of data as readonly unknown[]) {
          if (!isFields(each)) sink.rejected('bad-field');
          else {
            const { instId: symbol, ts, last, px, bidPx, askPx } = each;
            sink.update({
              symbol: textOf(symbol) ?? '',
              price: textOf(channel === 'trades' ? px : last) ?? '',
              bid: textOf(bidPx) || undefined,
              ask: textOf(askPx) || undefined,
              timestamp: Number(ts),
              receivedAt,
            });
          }
        }
      },
    };
  },
};

/** Massive, once Polygon: frames are lists, numbers are numbers. */
export const massive: Venue = {
  name: 'massive',
  url: 'wss://socket.massive.com/stocks',
  secrets: ['key'],
  open: (sink) => {
    const params = (symbols: readonly string[]) => symbols.map((symbol) => `T.${symbol}`).join();
    const status = ({ status: kind, message }: Fields): void => {
      const said = textOf(message) ?? '';
      if (kind === 'connected') {
        sink.control('greeting');
        sink.send(JSON.stringify({ action: 'auth', params: 'key' }));
      } else if (kind === 'auth_success') sink.ready();
      else if (kind === 'auth_failed') sink.fatal('UNAUTHORIZED', said);
      else if (said.startsWith('subscribed to: T.')) sink.confirmed([said.slice(17)]);
      else sink.control('status');
    };
    return {
      start: () => undefined,
      subscribe: (symbols) => [JSON.stringify({ action: 'subscribe', params: params(symbols) })],
      unsubscribe: (symbols) => [JSON.stringify({ action: 'unsubscribe', params: params(symbols) })],
      receive(frame, receivedAt) {
        const value = parsed(frame, sink);
        if (value === undefined) return;
        // Examples of the documents are objects, each under the path it belongs to.
        const events: readonly unknown[] = Array.isArray(value)
          ? value
          : [isFields(value) ? value.example : value];
        if (events.length === 0) return sink.rejected('empty-frame');
        for (const event of events) {
          if (!isFields(event) || typeof event.ev !== 'string') sink.rejected('unknown-frame');
          else if (event.ev === 'status') status(event);
          else if (event.ev !== 'T' && event.ev !== 'XT') sink.control('other-event');
          else {
            const { sym, pair, p, t, q } = event;
            const sequence = q === undefined ? {} : { sequence: Number(q) };
            const symbol = textOf(sym ?? pair) ?? '';
            sink.update({ symbol, price: textOf(p) ?? '', timestamp: Number(t), receivedAt, ...sequence });
          }
        }
      },
    };
  },
};
