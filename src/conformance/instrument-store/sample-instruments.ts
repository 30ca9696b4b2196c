import type { InstrumentStore } from '../../core/instruments/instrument-store.js';
import { Instrument, type InstrumentInput } from '../../core/instruments/instrument.js';
import { assert, assertEqual } from '../assertions.js';

/** One of each kind, by symbol; together, every field differs from its default. */
export const KINDS: readonly InstrumentInput[] = [
  { symbol: 'AAPL', currency: 'USD' },
  { symbol: 'AAPL 260918C200', currency: 'USD', multiplier: 100, tags: { underlying: 'AAPL' } },
  {
    symbol: 'BTC-PERP',
    currency: 'USD',
    settlementCurrency: 'BTC',
    multiplier: '10',
    valuationMethod: 'futures',
    inverse: true,
  },
  { symbol: 'NIY', currency: 'JPY', settlementCurrency: 'USD', multiplier: 5, valuationMethod: 'futures' },
  { symbol: 'UST', currency: 'USD', quotation: 'percent', name: 'US Treasury 4.25% 2034' },
  { symbol: 'VOD.L', currency: 'GBp', tags: {}, name: 'Vodafone' },
  {
    symbol: 'ZCZ6',
    currency: 'USD',
    settlementCurrency: 'USD',
    multiplier: '5000',
    quotation: { per: 100 },
    valuationMethod: 'futures',
    tags: { sector: 'Agriculture', desk: 'Grains' },
    name: 'Corn, December 2026',
  },
];

/** An instrument with the given fields. */
export function sampleInstrument(symbol: string, given: Partial<InstrumentInput> = {}): InstrumentInput {
  return { symbol, currency: 'USD', ...given };
}

/** Fails unless the loaded instruments are the expected ones, in this order: the same fields, and the same worth. */
export function assertInstruments(
  loaded: readonly Instrument[],
  expected: readonly InstrumentInput[],
  what = 'loaded instruments',
): void {
  assertEqual(
    loaded.map(contents),
    expected.map((each) => contents(Instrument.of(each))),
    what,
  );
}

/** Fails unless these are all that the store has, by symbol. */
export async function assertStored(
  store: InstrumentStore,
  expected: readonly InstrumentInput[],
): Promise<void> {
  assertInstruments(await store.loadInstruments(), expected, 'stored instruments');
}

/** The symbols of the loaded instruments. */
export const symbolsOf = (loaded: readonly Instrument[]): string[] => loaded.map(({ symbol }) => symbol);

function contents(instrument: Instrument): unknown {
  assert(typeof instrument.worth === 'function', 'what is loaded are Instruments');
  const worth = instrument.worth('12.5', '0.8').toString();
  return { ...(JSON.parse(JSON.stringify(instrument)) as object), worth };
}
