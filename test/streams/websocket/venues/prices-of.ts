/** The expected prices of the frames of each venue, found without the code of the venues. */
interface Written {
  readonly symbol: string;
  readonly price: string;
}

/** Trades of Alpaca, by a regular expression. */
export function alpacaTrades(frame: string): Written[] {
  const trades = frame.matchAll(/"T":"t","S":"([A-Z.]+)"[^{}]*?"p":([\d.]+)/g);
  return [...trades].map(([, symbol, price]) => ({ symbol: symbol!, price: price! }));
}

/** Trades of Finnhub, by a regular expression. */
export function finnhubTrades(frame: string): Written[] {
  return [...frame.matchAll(/"p":([\d.]+),"s":"([^"]+)"/g)].map(([, price, symbol]) => ({
    symbol: symbol!,
    price: price!,
  }));
}

/** Trades of Binance, by JSON.parse. */
export function binanceTrades(frame: string): Written[] {
  const value = JSON.parse(frame) as { data?: Record<string, unknown> };
  const { e, s, p } = (value.data ?? value) as Record<string, string>;
  return (e === 'trade' || e === 'aggTrade') && /^[\d.]+$/.test(p!) ? [{ symbol: s!, price: p! }] : [];
}

/** Tickers of Kraken, cut out of the frame. */
export function krakenTickers(frame: string): Written[] {
  if (!frame.includes('"channel":"ticker"') || !frame.includes('"data":')) return [];
  return frame
    .split('"symbol":"')
    .slice(1)
    .map((part) => ({ symbol: part.slice(0, part.indexOf('"')), price: /"last":([\d.]+)/.exec(part)![1]! }));
}

interface CoinbaseEvent {
  readonly type: string;
  readonly tickers?: readonly { product_id: string; price: string }[];
  readonly trades?: readonly { product_id: string; price: string; trade_id: string }[];
}

/** Frames of Coinbase's channel `ticker`. */
export function coinbaseTickers(frame: string): Written[] {
  const { channel, events = [] } = JSON.parse(frame) as { channel?: string; events?: CoinbaseEvent[] };
  if (channel !== 'ticker') return [];
  const list = events.flatMap(({ tickers }) => tickers!);
  return list.map(({ product_id, price }) => ({ symbol: product_id, price }));
}

/** Frames of Coinbase's channel `market_trades`: all of an update from the last to the first, the first of a snapshot. */
export function coinbaseTrades(frame: string): Written[] {
  const { channel, events = [] } = JSON.parse(frame) as { channel?: string; events?: CoinbaseEvent[] };
  if (channel !== 'market_trades') return [];
  return events.flatMap(({ type, trades = [] }) => {
    const told = type === 'snapshot' ? trades.slice(0, 1) : [...trades].reverse();
    return told.map(({ product_id, price }) => ({ symbol: product_id, price }));
  });
}
