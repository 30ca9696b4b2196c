import { describe, expect, test } from 'vitest';
import { SymbolMapping } from '../../../src/streams/websocket/symbol-mapping.js';

describe('names of symbols at a venue', () => {
  test('are translated both ways, and a symbol without one has its own', () => {
    const mapping = new SymbolMapping({ BTC: 'BTCUSDT' });
    expect(['BTC', 'ETH'].map((symbol) => mapping.toVenue(symbol))).toEqual(['BTCUSDT', 'ETH']);
    expect(['BTCUSDT', 'ETH'].map((name) => mapping.fromVenue(name))).toEqual(['BTC', 'ETH']);
  });

  // None of these has an entry that would be read.
  test.each([
    [new Map([['BTC', 'BTCUSDT']]), 'got an object'],
    [[['BTC', 'BTCUSDT']], 'got an array'],
    [(symbol: string) => `${symbol}USDT`, 'expected a table such as'],
    ['BTC=BTCUSDT', 'got "BTC=BTCUSDT"'],
    [null, 'got null'],
  ])('are refused if they are no table: %o', (table, message) => {
    expect(() => new SymbolMapping(table as never)).toThrow('WebSocketPriceStreamAdapter: symbols: expected');
    expect(() => new SymbolMapping(table as never)).toThrow(message);
  });

  test.each([[7], [''], [null], [{ binance: 'BTCUSDT' }]])('are refused if one is %o', (name) => {
    expect(() => new SymbolMapping({ BTC: name } as never)).toThrow(
      'WebSocketPriceStreamAdapter: symbols["BTC"]: expected the name of the symbol at the venue, got',
    );
  });

  test('are refused if two symbols have the same', () => {
    expect(() => new SymbolMapping({ A: 'X', B: 'X' })).toThrow('a different name at the venue');
  });
});
