import { exchangeOf, secidOf } from '../a-shares/a-share-code.js';

/** Fields of a row as they were sent, numbers as their texts. */
export type EastmoneyFields = Readonly<Record<string, unknown>>;

/** A row that an event has changed. */
export interface EastmoneyRow {
  /** Eastmoney's name of the instrument, such as `1.600519`. */
  readonly secid: string;
  /** All fields known by now. */
  readonly fields: EastmoneyFields;
  /** Whether the event carried a field that a price is made of. */
  readonly hasPriceFields: boolean;
}

const SINGLE_ROW = 'single';
const PRICE_FIELDS = ['f2', 'f18', 'f31', 'f32', 'f124', 'f43', 'f60', 'f86'];

/** Whether a value is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The rows of one connection. A full event replaces them, by place in its list; a partial one carries the fields that have changed
 * of the rows that have.
 */
export class EastmoneyRows {
  readonly #rows = new Map<string, Record<string, unknown>>();

  /**
   * Takes the `data` of an event. @returns for each row that it carries the row, or why it is of no use; `undefined` for data that is
   * no row of quotes.
   * @param only the instrument of a stream of one, whose rows may leave it out.
   */
  merge(
    data: Record<string, unknown>,
    isFull: boolean,
    only?: string,
  ): (EastmoneyRow | string)[] | undefined {
    const { diff } = data;
    const isSingle =
      diff === undefined && (Object.hasOwn(data, 'f43') || (!isFull && this.#rows.has(SINGLE_ROW)));
    if (isFull && (isSingle || diff !== undefined)) this.#rows.clear();
    if (isSingle) return [this.#mergeRow(SINGLE_ROW, data, true, only)];
    if (diff === null) return [];
    if (typeof diff !== 'object') return undefined;
    return Object.entries(diff).map(([place, fields]) => this.#mergeRow(place, fields, isFull, only));
  }

  #mergeRow(
    place: string,
    fields: unknown,
    isWhole: boolean,
    only: string | undefined,
  ): EastmoneyRow | string {
    if (!isRecord(fields)) return 'unknown-shape';
    const key = isWhole ? place : this.#placeOf(fields, place);
    const known = this.#rows.get(key);
    // A part of a row that nobody knows.
    if (!known && !isWhole) return 'unknown-row';
    const merged = { ...known, ...fields };
    this.#rows.set(key, merged);
    const secid = secidIn(merged) ?? only;
    if (secid === undefined) return 'no-code';
    return {
      secid,
      fields: merged,
      hasPriceFields: PRICE_FIELDS.some((field) => Object.hasOwn(fields, field)),
    };
  }

  /** A partial row that names its instrument is that instrument's, wherever it stands. */
  #placeOf(fields: EastmoneyFields, place: string): string {
    const { f12, f13 } = fields;
    if (f12 === undefined) return place;
    for (const [each, known] of this.#rows) {
      if (known['f12'] === f12 && (f13 === undefined || known['f13'] === f13)) return each;
    }
    return place;
  }
}

function secidIn({ f12, f13, f57, f107 }: EastmoneyFields): string | undefined {
  const [code, market] = f12 === undefined ? [f57, f107] : [f12, f13];
  if (typeof code !== 'string') return undefined;
  // Lists that were asked for without the market.
  return typeof market === 'string' ? `${market}.${code}` : secidOf({ code, exchange: exchangeOf(code) });
}
