import type { Instrument, InstrumentInput } from './instrument.js';

/**
 * Port: keeps instruments between processes. Load them at the start and give them to `markToMarket({ instruments })`.
 *
 * Implementations: `InMemoryInstrumentStore`, `PostgresInstrumentStore`, `SqliteInstrumentStore`.
 *
 * An implementation must
 * - store each instrument as it is: every field and every tag, decimals with all digits;
 * - store and return values, never references that a later change by the caller could reach;
 * - make each call atomic: of two sets that are saved at the same time, one is stored as a whole.
 *
 * The kit `instrumentStoreConformance` of `tickmark/conformance` tests this.
 */
export interface InstrumentStore {
  /**
   * Stores instruments, each in place of the one with its symbol; all of them or none. Of two of one symbol, the last is stored.
   * @throws TickmarkError as `Instrument.of` for a bad instrument, `REPOSITORY_FAILED` when the store fails.
   */
  saveInstruments(instruments: ReadonlyArray<InstrumentInput | Instrument>): Promise<void>;
  /**
   * The instruments of some symbols that are stored, each once, or all; by symbol, character by character.
   * @throws TickmarkError `REPOSITORY_FAILED` when the store fails.
   */
  loadInstruments(symbols?: readonly string[]): Promise<Instrument[]>;
}
