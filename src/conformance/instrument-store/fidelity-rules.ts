import type { InstrumentInput } from '../../core/instruments/instrument.js';
import { assertEqual } from '../assertions.js';
import type { InstrumentStoreKit } from './instrument-store-kit.js';
import { KINDS, assertInstruments, assertStored, sampleInstrument } from './sample-instruments.js';

const ODD_TEXTS = [
  'a',
  'A',
  'a ',
  ' a',
  'a\r\nb',
  'a\0b',
  "'; DROP TABLE instruments; --",
  'a"b',
  'a\\b',
  '{a,b}',
  '%_',
  'null',
  '0',
  'ä',
  'a\u0308',
  '上证指数',
  '📈',
  'x'.repeat(256),
];

export function fidelityRules(kit: InstrumentStoreKit): void {
  kit.rule('an instrument of each kind loads with all its fields', async ({ store }) => {
    await store.saveInstruments(KINDS);
    await assertStored(store, KINDS);
    for (const each of KINDS) assertInstruments(await store.loadInstruments([each.symbol]), [each]);
  });

  kit.rule('each tag is stored, whatever its name and text', async ({ store }) => {
    const tags = Object.fromEntries(ODD_TEXTS.map((text, n) => [text, ODD_TEXTS.at(-1 - n)!]));
    const tagged = [
      sampleInstrument('A', { tags: { ...tags, empty: '' } }),
      sampleInstrument('B', { tags: { sector: 'Energy' } }),
      sampleInstrument('C', { tags: {} }),
    ];
    await store.saveInstruments(tagged);
    await assertStored(store, tagged);
  });

  kit.rule('decimals are stored exactly', async ({ store }) => {
    const given = [
      sampleInstrument('A', { multiplier: '0.000000000000000001' }),
      sampleInstrument('B', { multiplier: '12345678901.123456789012345678' }),
      sampleInstrument('C', { multiplier: '99999999999999999999999999999' }),
      sampleInstrument('D', { multiplier: 1, quotation: { per: '9007199254740992000' } }),
    ];
    await store.saveInstruments(given);
    await assertStored(store, given);
  });

  kit.rule('symbols and names are compared and stored character by character', async ({ store }) => {
    const given = ODD_TEXTS.map((text, n): InstrumentInput => {
      return sampleInstrument(text, { multiplier: n + 1, name: `${text}${text}` });
    });
    await store.saveInstruments(given);
    for (const each of given) assertInstruments(await store.loadInstruments([each.symbol]), [each]);
    assertEqual((await store.loadInstruments()).length, given.length, 'number of instruments');
    assertEqual(
      await store.loadInstruments(['b']),
      [],
      'loadInstruments() of a symbol that is part of others',
    );
  });
}
