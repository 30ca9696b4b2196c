import type { InstrumentStore } from '../core/instruments/instrument-store.js';
import { Instrument, type InstrumentInput } from '../core/instruments/instrument.js';
import { keepRaw } from '../core/keep-raw.js';

/**
 * Keeps instruments in the memory of this process.
 *
 * @example
 * ```ts
 * import { InMemoryInstrumentStore, future } from 'tickmark/instruments';
 *
 * const store = new InMemoryInstrumentStore();
 * await store.saveInstruments([future({ symbol: 'ESZ6', currency: 'USD', multiplier: 50 })]);
 * const instruments = await store.loadInstruments();
 * ```
 */
export class InMemoryInstrumentStore implements InstrumentStore {
  static {
    keepRaw(this);
  }

  readonly #instruments = new Map<string, Instrument>();

  async saveInstruments(instruments: ReadonlyArray<InstrumentInput | Instrument>): Promise<void> {
    // All are checked before the first is stored.
    for (const instrument of instruments.map((each) => Instrument.of(each)))
      this.#instruments.set(instrument.symbol, instrument);
  }

  async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    const found = symbols
      ? [...new Set(symbols)].flatMap((symbol) => this.#instruments.get(symbol) ?? [])
      : [...this.#instruments.values()];
    return found.sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  }
}
