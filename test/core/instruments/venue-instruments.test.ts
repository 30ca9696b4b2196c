import { describe, expect, test } from 'vitest';
import { InstrumentCatalog } from '../../../src/core/instruments/instrument-catalog.js';
import {
  instrumentsOfAlpaca,
  instrumentsOfBinance,
  instrumentsOfCcxt,
} from '../../../src/core/instruments/venue-instruments.js';
import { caught } from '../../oracle/caught.js';

// symbol, currency, settlement currency, factor, valuation method, inverse
const plain = ({ instruments }: ReturnType<typeof instrumentsOfBinance>) =>
  instruments.map(({ symbol, currency, settlementCurrency, factor, valuationMethod, inverse }) =>
    [symbol, currency, settlementCurrency, String(factor), valuationMethod, inverse].join(' '),
  );

describe('instruments of a venue', () => {
  test('Binance: spot is paid, USDⓈ-margined futures are not, coin-margined ones are inverse', () => {
    const found = instrumentsOfBinance({
      symbols: [
        { symbol: 'ETHUSDT', quoteAsset: 'USDT' },
        { symbol: 'ETHUSDT_PERP', quoteAsset: 'USDT', marginAsset: 'USDT', contractType: 'PERPETUAL' },
        {
          symbol: 'BTCUSD_PERP',
          quoteAsset: 'USD',
          marginAsset: 'BTC',
          contractType: 'PERPETUAL',
          contractSize: 100,
        },
        { symbol: 'ABCXYZ', quoteAsset: 'XYZ' },
      ],
    });
    expect(plain(found)).toEqual([
      'ETHUSDT USDT USDT 1 premium false',
      'ETHUSDT_PERP USDT USDT 1 futures false',
      'BTCUSD_PERP USD BTC 100 futures true',
    ]);
    expect(found.skipped.map(({ symbol }) => symbol)).toEqual(['ABCXYZ']);
    expect(found.skipped[0]!.reason).toContain('defineCurrency()');
  });

  test('Alpaca: equities, options of 100 shares, crypto pairs', () => {
    const found = instrumentsOfAlpaca([
      { symbol: 'AAPL', class: 'us_equity', name: 'Apple Inc.' },
      { symbol: 'AAPL260918C00200000', class: 'us_option', size: '100' },
      { symbol: 'BTC/USDT', class: 'crypto' },
    ]);
    expect(plain(found)).toEqual([
      'AAPL USD USD 1 premium false',
      'AAPL260918C00200000 USD USD 100 premium false',
      'BTC/USDT USDT USDT 1 premium false',
    ]);
    expect(found.instruments[0]!.name).toBe('Apple Inc.');
  });

  test('ccxt: by record or list, with the size of a contract', () => {
    const markets = {
      'ETH/USDT': { symbol: 'ETH/USDT', quote: 'USDT', contract: false },
      'ETH/USDT:USDT': {
        symbol: 'ETH/USDT:USDT',
        quote: 'USDT',
        settle: 'USDT',
        contract: true,
        contractSize: 0.01,
      },
      'BTC/USD:BTC': {
        symbol: 'BTC/USD:BTC',
        quote: 'USD',
        settle: 'BTC',
        contract: true,
        inverse: true,
        contractSize: 100,
      },
      'BTC/USD:BTC-C': {
        symbol: 'BTC/USD:BTC-C',
        quote: 'USD',
        settle: 'BTC',
        contract: true,
        option: true,
        inverse: true,
      },
    };
    const expected = [
      'ETH/USDT USDT USDT 1 premium false',
      'ETH/USDT:USDT USDT USDT 0.01 futures false',
      'BTC/USD:BTC USD BTC 100 futures true',
    ];
    expect(plain(instrumentsOfCcxt(markets))).toEqual(expected);
    expect(plain(instrumentsOfCcxt(Object.values(markets)))).toEqual(expected);
    expect(instrumentsOfCcxt(markets).skipped).toHaveLength(1);
  });

  test('are taken by a catalog as they are', () => {
    const { instruments } = instrumentsOfBinance({ symbols: [{ symbol: 'ETHUSDT', quoteAsset: 'USDT' }] });
    expect(new InstrumentCatalog(instruments).find('ETHUSDT')).toBe(instruments[0]);
  });

  test.each([[instrumentsOfBinance], [instrumentsOfAlpaca]])('%o refuses anything but a list', (read) => {
    expect(caught(() => read({} as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
