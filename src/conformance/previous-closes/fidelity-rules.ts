import type { PreviousClosesKit } from './previous-closes-kit.js';
import { SESSIONS, assertLoaded, sampleClose } from './sample-closes.js';

const PRICES = [
  '0.000000000000000001',
  '0.1',
  '231.50',
  '-37.63',
  '9007199254740993',
  '12345678901.123456789012345678',
  '99999999999999999999999999999',
];
const SYMBOLS = [
  'a',
  'A',
  'a b',
  'BRK.B',
  'EUR/USD',
  '^GSPC',
  'a,b',
  'a"b',
  'a\\b',
  "'; DROP TABLE closes; --",
  '{a,b}',
  '%_',
  '$1',
  'null',
  'NULL',
  '0',
  '__proto__',
  'constructor',
  'ä',
  'a\u0308',
  '上证指数',
  '📈',
  'x'.repeat(256),
];
// A portfolio may hold a symbol of any name, also one that no database can store.
const UNKNOWABLE = ['a\0b', 'a\uD83D', '\uDCC8', 'a\r\nb'];

export function fidelityRules(kit: PreviousClosesKit): void {
  kit.rule('prices keep all their digits', async ({ closes, put }) => {
    const given = PRICES.map((price, n) => sampleClose(`S${n}`, price));
    await put(given);
    await assertLoaded(
      closes,
      given.map(({ symbol }) => symbol),
      given,
    );
  });

  kit.rule('a close has its currency, and none where it has none', async ({ closes, put }) => {
    const given = [
      sampleClose('AAPL', '231.50', { currency: 'USD' }),
      sampleClose('SAP', '212.4'),
      sampleClose('VOD', '91.2', { currency: 'GBp' }),
    ];
    await put([...given, sampleClose('SAP', '210', { currency: 'EUR', closedAt: SESSIONS[0] })]);
    await assertLoaded(closes, ['AAPL', 'SAP', 'VOD'], given);
  });

  kit.rule('symbols are any strings, compared character by character', async ({ closes, put }) => {
    const given = SYMBOLS.map((symbol, n) => sampleClose(symbol, `${n + 1}`));
    await assertLoaded(closes, SYMBOLS, []);
    await put(given);
    await assertLoaded(closes, SYMBOLS, given);
    for (const close of given) await assertLoaded(closes, [close.symbol], [close]);
  });

  kit.rule('a symbol that nobody can know keeps no other from its close', async ({ closes, put }) => {
    const known = sampleClose('AAPL', '231.50');
    await put([known]);
    await assertLoaded(closes, [...UNKNOWABLE, 'AAPL'], [known]);
    for (const symbol of UNKNOWABLE) await assertLoaded(closes, [symbol], []);
  });
}
