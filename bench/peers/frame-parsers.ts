/** What the parsers of frames make a total of, so that no work can be optimised away. */
export interface ParserSink {
  prices: number;
  total: number;
}

/** Takes one frame of a combined stream of Binance, as text. */
export type FrameParser = (frame: string, receivedAt: Date, sink: ParserSink) => void;

interface TardisMapper {
  canHandle(message: unknown): boolean;
  map(message: unknown, localTimestamp: Date): Iterable<{ price?: number; bidPrice?: number }>;
}

interface TardisPackage {
  normalizeTrades(exchange: string, localTimestamp: Date): TardisMapper;
  normalizeBookTickers(exchange: string, localTimestamp: Date): TardisMapper;
}

interface CcxtBinance {
  setMarkets(markets: readonly unknown[]): void;
  handleMessage(client: unknown, message: unknown): void;
}

interface CcxtPackage {
  default: { pro: { binance: new (config: object) => CcxtBinance } };
}

// By name in a variable: their types are not needed here and take long to check.
const TARDIS = 'tardis-dev';
const CCXT = 'ccxt';

/** tardis-dev: JSON.parse and its normalizers of trades and book tickers. */
export async function tardisParser(): Promise<FrameParser> {
  const { normalizeTrades, normalizeBookTickers } = (await import(TARDIS)) as TardisPackage;
  const start = new Date(0);
  const mappers = [normalizeTrades('binance', start), normalizeBookTickers('binance', start)];
  return (frame, receivedAt, sink) => {
    const message: unknown = JSON.parse(frame);
    for (const mapper of mappers) {
      if (!mapper.canHandle(message)) continue;
      for (const { price, bidPrice } of mapper.map(message, receivedAt)) {
        sink.prices++;
        sink.total += price ?? bidPrice ?? 0;
      }
    }
  };
}

/** ccxt.pro: JSON.parse and the message handler of its Binance client, without a socket. */
export async function ccxtParser(): Promise<FrameParser> {
  const ccxt = (await import(CCXT)) as CcxtPackage;
  const exchange = new ccxt.default.pro.binance({});
  exchange.setMarkets([market('BTC'), market('ETH')]);
  let sink: ParserSink;
  const client = {
    url: 'wss://stream.binance.com:9443/stream',
    subscriptions: {},
    resolve(result: unknown, hash: string) {
      // A book ticker is told twice, by its own name and for all symbols.
      if (!hash.startsWith('trade::') && !hash.startsWith('bidask:')) return;
      sink.prices++;
      const { length, [length! - 1]: last } = result as {
        length?: number;
        [index: number]: { price: number };
      };
      sink.total += last?.price ?? (result as { bid: number }).bid;
    },
  };
  return (frame, _receivedAt, given) => {
    sink = given;
    exchange.handleMessage(client, JSON.parse(frame));
  };
}

function market(base: string): object {
  return {
    id: `${base}USDT`,
    symbol: `${base}/USDT`,
    base,
    quote: 'USDT',
    baseId: base,
    quoteId: 'USDT',
    type: 'spot',
    spot: true,
    active: true,
    precision: { amount: 8, price: 8 },
    limits: {},
    info: {},
  };
}
