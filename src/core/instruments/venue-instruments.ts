import { TickmarkError, invalidArgument } from '../errors.js';
import { Instrument, type InstrumentInput } from './instrument.js';

/** Instruments made from the metadata of a venue, and what could not be used. */
export interface VenueInstruments {
  readonly instruments: readonly Instrument[];
  /** Symbols that were left out, with the reason, such as a currency that `defineCurrency` was not given. */
  readonly skipped: ReadonlyArray<{ readonly symbol: string; readonly reason: string }>;
}

/** What is read of a symbol in Binance's exchange information: of spot, USDⓈ-margined and coin-margined markets. */
export interface BinanceSymbol {
  readonly symbol: string;
  readonly quoteAsset: string;
  /** Of futures. */
  readonly marginAsset?: string;
  /** Of futures: `PERPETUAL`, `CURRENT_QUARTER` and others. */
  readonly contractType?: string;
  /** Of coin-margined futures: USD a contract. */
  readonly contractSize?: number | string;
}

/**
 * Instruments from the answer of Binance's `exchangeInfo`: spot, USDⓈ-margined futures, and coin-margined futures, which are inverse.
 *
 * ```ts
 * import { InstrumentCatalog, instrumentsOfBinance } from 'tickmark/instruments';
 *
 * const answer = { symbols: [{ symbol: 'BTCUSDT', quoteAsset: 'USDT' }] }; // GET https://api.binance.com/api/v3/exchangeInfo
 * const { instruments, skipped } = instrumentsOfBinance(answer);
 * const catalog = new InstrumentCatalog(instruments);
 * ```
 * @throws TickmarkError `INVALID_ARGUMENT` for an answer without a list of symbols.
 */
export function instrumentsOfBinance(exchangeInfo: {
  readonly symbols: readonly BinanceSymbol[];
}): VenueInstruments {
  return collected(
    'instrumentsOfBinance',
    exchangeInfo?.symbols,
    ({ symbol, quoteAsset, marginAsset, contractType, contractSize }) => {
      if (!contractType || marginAsset === undefined) return { symbol, currency: quoteAsset };
      const future = {
        symbol,
        currency: quoteAsset,
        settlementCurrency: marginAsset,
        valuationMethod: 'futures' as const,
      };
      // Only coin-margined contracts have a size, and their profit is paid in the coin.
      return contractSize === undefined ? future : { ...future, multiplier: contractSize, inverse: true };
    },
  );
}

/** What is read of an asset of Alpaca. */
export interface AlpacaAsset {
  readonly symbol: string;
  readonly class: string;
  readonly name?: string;
  /** Of option contracts: shares a contract. */
  readonly size?: number | string;
}

/**
 * Instruments from the assets or option contracts of Alpaca (`GET /v2/assets`, `GET /v2/options/contracts`): US equities, options, and
 * crypto pairs such as `BTC/USD`.
 *
 * ```ts
 * import { instrumentsOfAlpaca } from 'tickmark/instruments';
 *
 * const { instruments } = instrumentsOfAlpaca([{ symbol: 'AAPL', class: 'us_equity', name: 'Apple Inc.' }]);
 * ```
 * @throws TickmarkError `INVALID_ARGUMENT` for anything but a list.
 */
export function instrumentsOfAlpaca(assets: readonly AlpacaAsset[]): VenueInstruments {
  return collected('instrumentsOfAlpaca', assets, ({ symbol, class: kind, name, size }) => {
    const named = name === undefined ? {} : { name };
    if (kind === 'crypto') return { symbol, currency: symbol.split('/')[1] ?? 'USD', ...named };
    if (kind === 'us_option' || size !== undefined)
      return { symbol, currency: 'USD', multiplier: size ?? 100, ...named };
    return { symbol, currency: 'USD', ...named };
  });
}

/** What is read of a market of ccxt. */
export interface CcxtMarket {
  readonly symbol: string;
  readonly quote: string;
  readonly settle?: string | undefined;
  readonly contract?: boolean;
  readonly option?: boolean;
  readonly inverse?: boolean | undefined;
  readonly contractSize?: number | undefined;
}

/**
 * Instruments from the markets of a ccxt exchange: spot, swaps, futures, and options whose premium is paid in the quote currency.
 *
 * ```ts
 * import { instrumentsOfCcxt } from 'tickmark/instruments';
 *
 * // const markets = await exchange.loadMarkets();
 * const markets = { 'BTC/USD:BTC': { symbol: 'BTC/USD:BTC', quote: 'USD', settle: 'BTC', contract: true, inverse: true, contractSize: 100 } };
 * const { instruments } = instrumentsOfCcxt(markets);
 * instruments[0]?.inverse; // true
 * ```
 * @throws TickmarkError `INVALID_ARGUMENT` for anything but markets.
 */
export function instrumentsOfCcxt(
  markets: Readonly<Record<string, CcxtMarket>> | readonly CcxtMarket[],
): VenueInstruments {
  const list = typeof markets === 'object' && markets !== null ? Object.values(markets) : markets;
  return collected(
    'instrumentsOfCcxt',
    list,
    ({ symbol, quote, settle, contract, option, inverse, contractSize }) => {
      if (!contract) return { symbol, currency: quote };
      const multiplier = contractSize ?? 1;
      if (option && inverse)
        throw new TickmarkError(
          'INVALID_ARGUMENT',
          'options that are settled in the coin are not valued by tickmark',
        );
      if (option) return { symbol, currency: quote, multiplier };
      return {
        symbol,
        currency: quote,
        settlementCurrency: settle ?? quote,
        multiplier,
        valuationMethod: 'futures',
        inverse: inverse === true,
      };
    },
  );
}

function collected<Listing extends { readonly symbol: string }>(
  where: string,
  listings: readonly Listing[] | undefined,
  read: (listing: Listing) => InstrumentInput,
): VenueInstruments {
  if (!Array.isArray(listings)) throw invalidArgument(where, listings, 'a list of symbols');
  const instruments: Instrument[] = [];
  const skipped: Array<{ symbol: string; reason: string }> = [];
  for (const listing of listings as readonly Listing[]) {
    try {
      instruments.push(Instrument.of(read(listing)));
    } catch (error) {
      // One listing that cannot be used must not cost the others.
      skipped.push({ symbol: String(listing?.symbol), reason: (error as Error).message });
    }
  }
  return { instruments, skipped };
}
