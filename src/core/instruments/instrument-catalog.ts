import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { Instrument, type InstrumentInput } from './instrument.js';
import { keepRaw } from '../keep-raw.js';

/**
 * Where instruments come from: a record by symbol, or a function. A symbol that is in neither is a plain equity in the currency of
 * its position.
 */
export type InstrumentSource =
  | Readonly<Record<string, InstrumentInput | Instrument>>
  | ReadonlyArray<InstrumentInput | Instrument>
  | ((symbol: string) => InstrumentInput | Instrument | undefined);

/**
 * Instruments by symbol, each checked once.
 *
 * ```ts
 * import { InstrumentCatalog, future } from 'tickmark/instruments';
 *
 * const catalog = new InstrumentCatalog([future({ symbol: 'ESU4', currency: 'USD', multiplier: 50 })]);
 * catalog.find('ESU4')?.valuationMethod; // 'futures'
 * ```
 */
export class InstrumentCatalog {
  static {
    keepRaw(this);
  }

  readonly #instruments = new Map<string, Instrument | undefined>();
  readonly #find: ((symbol: string) => InstrumentInput | Instrument | undefined) | undefined;

  /** @throws TickmarkError `INVALID_ARGUMENT`, and as `Instrument.of`, for a bad instrument of a record or list. */
  constructor(source: InstrumentSource | InstrumentCatalog = {}) {
    if (source instanceof InstrumentCatalog) {
      this.#find = (symbol) => source.find(symbol);
      return;
    }
    if (typeof source === 'function') {
      this.#find = source;
      return;
    }
    if (typeof source !== 'object' || source === null)
      throw invalidArgument('InstrumentCatalog: source', source, 'a record, a list or a function');
    const entries = Array.isArray(source)
      ? (source as ReadonlyArray<InstrumentInput | Instrument>).map((input) => [undefined, input] as const)
      : Object.entries(source as Readonly<Record<string, InstrumentInput | Instrument>>);
    for (const [key, input] of entries) {
      const instrument = Instrument.of(input);
      const { symbol } = instrument;
      if (key !== undefined && key !== symbol)
        throw invalidArgument(`InstrumentCatalog: ${quote(key)}`, symbol, 'an instrument of the same symbol');
      if (this.#instruments.has(symbol))
        throw new TickmarkError('DUPLICATE_SYMBOL', `InstrumentCatalog: ${quote(symbol)} is listed twice.`);
      this.#instruments.set(symbol, instrument);
    }
  }

  /** The instrument of a symbol; `undefined` for one that is not in the catalog. @throws as `Instrument.of`, for what a function returns. */
  find(symbol: string): Instrument | undefined {
    const known = this.#instruments.get(symbol);
    if (known || !this.#find || this.#instruments.has(symbol)) return known;
    const found = this.#find(symbol);
    const instrument = found && Instrument.of(found);
    if (instrument && instrument.symbol !== symbol)
      throw invalidArgument(
        `InstrumentCatalog: ${quote(symbol)}`,
        instrument.symbol,
        'an instrument of the same symbol',
      );
    this.#instruments.set(symbol, instrument);
    return instrument;
  }

  /** Adds an instrument, or replaces the one with its symbol. */
  set(input: InstrumentInput | Instrument): Instrument {
    const instrument = Instrument.of(input);
    this.#instruments.set(instrument.symbol, instrument);
    return instrument;
  }
}
