import type { Instrument, InstrumentInput } from './instrument.js';

/**
 * Port: keeps instruments between processes. Load them at the start and give them to `markToMarket({ instruments })`.
 *
 * Implementations: `InMemoryInstrumentStore`, `PostgresInstrumentStore`.
 */
export interface InstrumentStore {
  /**
   * Stores instruments, each in place of the one with its symbol; all of them or none.
   * @throws TickmarkError as `Instrument.of` for a bad instrument, `REPOSITORY_FAILED` when the store fails.
   */
  saveInstruments(instruments: ReadonlyArray<InstrumentInput | Instrument>): Promise<void>;
  /**
   * The instruments of some symbols that are stored, or all, by symbol.
   * @throws TickmarkError `REPOSITORY_FAILED` when the store fails.
   */
  loadInstruments(symbols?: readonly string[]): Promise<Instrument[]>;
}
