import type { InstrumentInput } from '../../../instruments/instrument-input.js';
import { Instrument } from '../../../instruments/instrument.js';
import type { InstrumentFinder } from '../account.js';

/** An instrument as plain data: by symbol and currency where the portfolio finds the same one, else all of it. */
export type InstrumentData = readonly [symbol: string, currency: string] | InstrumentInput;

/** The instrument of a place in an {@link InstrumentTable}. */
export type InstrumentReader = (place: number) => Instrument;

/** Instruments that are named by their places in a list. */
export class InstrumentTable {
  readonly data: InstrumentData[] = [];
  readonly #places = new Map<Instrument, number>();
  readonly #find: InstrumentFinder;

  /** @param find Finds the instruments of the portfolio. */
  constructor(find: InstrumentFinder) {
    this.#find = find;
  }

  /** Adds an instrument. @returns its place. */
  add(instrument: Instrument): number {
    const known = this.#places.get(instrument);
    if (known !== undefined) return known;
    const { symbol, currency } = instrument;
    const found = this.#find(symbol, currency);
    const isFound = found === instrument || JSON.stringify(found) === JSON.stringify(instrument);
    const place = this.data.push(isFound ? [symbol, currency] : instrument.toJSON()) - 1;
    this.#places.set(instrument, place);
    return place;
  }
}

/** Reads the instruments of an {@link InstrumentTable}. */
export function instrumentReader(data: readonly InstrumentData[], find: InstrumentFinder): InstrumentReader {
  const instruments = data.map((each) => (isNamed(each) ? find(each[0], each[1]) : Instrument.of(each)));
  return (place) => {
    const instrument = instruments[place];
    if (!instrument) throw new RangeError(`No instrument ${place}`);
    return instrument;
  };
}

function isNamed(data: InstrumentData): data is readonly [string, string] {
  return Array.isArray(data);
}
