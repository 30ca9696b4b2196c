import { integerField, malformed, numberField, objectField, ownField } from './wire-fields.js';

/** Whether all values are equal; NaN equals NaN. */
function isUniform(values: ArrayLike<number>): boolean {
  const first = values[0]!;
  for (let row = 1; row < values.length; row++) if (!Object.is(values[row], first)) return false;
  return true;
}

/** The greatest difference from the first value; NaN unless all values and differences are exact whole numbers. */
function greatestOffset(values: ArrayLike<number>): number {
  const base = values[0]!;
  let widest = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const offset = value - base;
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(offset)) return NaN;
    if (offset > widest) widest = offset;
    else if (-offset > widest) widest = -offset;
  }
  return widest;
}

/** From here on, numbers such as times take long to write in full. */
const LARGE = 2 ** 31;

/**
 * Encodes a column of numbers as JSON: a single value if all rows are equal; `{"base": b, "add": [offsets]}` for large whole numbers
 * that are close to each other, such as times; otherwise a list. `null` stands for a number that is not finite.
 */
export function jsonColumn(values: ArrayLike<number>): string {
  if (values.length === 0) return '[]';
  const base = values[0]!;
  if (isUniform(values)) return jsonNumber(base);
  if (Math.abs(base) >= LARGE && greatestOffset(values) < LARGE) {
    return `{"base":${base},"add":${jsonList(values, base)}}`;
  }
  return jsonList(values, 0);
}

function jsonList(values: ArrayLike<number>, base: number): string {
  let text = `[${jsonNumber(values[0]! - base)}`;
  for (let row = 1; row < values.length; row++) {
    const value = values[row]! - base;
    text += value - value === 0 ? `,${value}` : ',null';
  }
  return `${text}]`;
}

function jsonNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}

/** Decodes a column of {@link jsonColumn}; `null` becomes NaN. @throws TickmarkError `MALFORMED_INPUT`. */
export function readJsonColumn(column: unknown, length: number, where: string): Float64Array {
  if (typeof column === 'number' || column === null) {
    return new Float64Array(length).fill(column ?? NaN);
  }
  if (Array.isArray(column)) return readList(column, 0, length, where);
  const { base, add } = objectField(column, where) as { base?: unknown; add?: unknown };
  if (!Array.isArray(add)) throw malformed(`${where}.add`, add, 'a list');
  return readList(add, integerField(base, `${where}.base`), length, where);
}

function readList(list: readonly unknown[], base: number, length: number, where: string): Float64Array {
  if (list.length !== length) throw malformed(where, list.length, `${length} rows`);
  const values = new Float64Array(length);
  for (let row = 0; row < length; row++) {
    const value = list[row];
    if (typeof value === 'number') values[row] = base + value;
    else if (value === null) values[row] = NaN;
    else throw malformed(`${where}[${row}]`, value, 'a number or null');
  }
  return values;
}

type PackedArray =
  Int8ArrayConstructor | Int16ArrayConstructor | Int32ArrayConstructor | Float64ArrayConstructor;

/** Typed array of a packed column, by its width in bytes. */
const WIDTHS: Readonly<Record<number, PackedArray>> = {
  1: Int8Array,
  2: Int16Array,
  4: Int32Array,
  8: Float64Array,
};

/** Describes a packed column in the JSON part of a compact message. */
export interface ColumnHeader {
  /** Bytes per row: 0 if all rows are equal, 1, 2 or 4 for offsets from `base`, 8 for float64. */
  readonly width: number;
  /** Added to every row, or the value of all rows; `null` means NaN. */
  readonly base: number | null;
}

/** Encodes a column of numbers as little-endian bytes, in the narrowest width that is exact. */
export function packColumn(values: ArrayLike<number>): { head: ColumnHeader; bytes: Uint8Array } {
  const [head, packed] = narrowest(values);
  const bytes = new Uint8Array(packed.buffer);
  if (isBigEndian) swapBytes(bytes, packed.BYTES_PER_ELEMENT);
  return { head, bytes };
}

function narrowest(values: ArrayLike<number>): [ColumnHeader, InstanceType<PackedArray>] {
  if (values.length === 0 || isUniform(values)) {
    const [base = 0] = [values[0]];
    return [{ width: 0, base: Number.isNaN(base) ? null : base }, new Int8Array(0)];
  }
  const widest = greatestOffset(values);
  const width = widest < 2 ** 7 ? 1 : widest < 2 ** 15 ? 2 : widest < 2 ** 31 ? 4 : 8;
  if (width === 8) return [{ width, base: 0 }, Float64Array.from(values)];
  const base = values[0]!;
  const packed = new WIDTHS[width]!(values.length);
  for (let row = 0; row < values.length; row++) packed[row] = values[row]! - base;
  return [{ width, base }, packed];
}

/** Decodes a column of {@link packColumn}. @throws TickmarkError `MALFORMED_INPUT`. */
export function unpackColumn(head: unknown, bytes: Uint8Array, length: number, where: string): Float64Array {
  const width = columnWidth(head, where);
  const { base } = head as ColumnHeader;
  if (bytes.length !== width * length) throw malformed(where, bytes.length, `${width * length} bytes`);
  const start = base === null ? NaN : numberField(base, `${where}.base`);
  if (width === 0) return new Float64Array(length).fill(start);
  // Copied, because a typed array needs aligned data.
  const aligned = new Uint8Array(bytes);
  if (isBigEndian) swapBytes(aligned, width);
  const values = Float64Array.from(new WIDTHS[width]!(aligned.buffer));
  if (start !== 0) for (let row = 0; row < length; row++) values[row]! += start;
  return values;
}

/** Bytes per row of a packed column. @throws TickmarkError `MALFORMED_INPUT`. */
export function columnWidth(head: unknown, where: string): number {
  const width = ownField(objectField(head, where), 'width');
  if (width === 0 || Object.hasOwn(WIDTHS, width as number)) return width as number;
  throw malformed(`${where}.width`, width, '0, 1, 2, 4 or 8');
}

const isBigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}
