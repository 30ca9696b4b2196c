import { exchangeOf, secidOf } from '../a-shares/a-share-code.js';

/** Fields of a row as they were sent; numbers are strings. */
export type EastmoneyFields = Readonly<Record<string, unknown>>;

/** A row that an event changed. */
export interface EastmoneyRow {
  /** Eastmoney's name of the instrument, such as `1.600519`. */
  readonly secid: string;
  /** All fields so far. */
  readonly fields: EastmoneyFields;
  /** Whether the event changed a field that is part of a price. */
  readonly hasPriceFields: boolean;
}

const SINGLE_ROW = 'single';
const PRICE_FIELDS = ['f2', 'f18', 'f31', 'f32', 'f124', 'f43', 'f60', 'f86'];

/** Whether a value is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The rows of one connection, by their place in the list. A full event replaces all of them; a partial event has the changed fields of the
 * changed rows.
 */
export class EastmoneyRows {
  readonly #rows = new Map<string, Record<string, unknown>>();

  /**
   * Merges the `data` of an event.
   * @param only The instrument, if the event stream has only one; its rows may leave it out.
   * @returns Each row of the event, or why it cannot be used; `undefined` for data without rows.
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
    // Changed fields of a row that is not known.
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

  /** A partial row that names its instrument belongs to it, wherever it is in the list. */
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
  // Lists that were requested without the market.
  return typeof market === 'string' ? `${market}.${code}` : secidOf({ code, exchange: exchangeOf(code) });
}
