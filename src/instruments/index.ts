/**
 * Instruments: how the price of a symbol becomes money. Multipliers, quotations, futures and inverse contracts, presets, and a catalog.
 * @packageDocumentation
 */
export {
  INVERSE_SCALE,
  Instrument,
  type InstrumentInput,
  type Quotation,
  type ValuationMethod,
} from '../core/instruments/instrument.js';
export type { InstrumentStore } from '../core/instruments/instrument-store.js';
export { InMemoryInstrumentStore } from '../memory/in-memory-instrument-store.js';
export { InstrumentCatalog, type InstrumentSource } from '../core/instruments/instrument-catalog.js';
export {
  bond,
  cfd,
  crypto,
  equity,
  etf,
  fund,
  future,
  inversePerpetual,
  option,
  perpetual,
  spotFx,
  type PresetInput,
} from '../core/instruments/instrument-presets.js';
export {
  instrumentsOfAlpaca,
  instrumentsOfBinance,
  instrumentsOfCcxt,
  type AlpacaAsset,
  type BinanceSymbol,
  type CcxtMarket,
  type VenueInstruments,
} from '../core/instruments/venue-instruments.js';
