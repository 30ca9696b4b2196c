import { TickmarkError } from '../errors.js';
import { jsonColumn, packColumn, columnWidth, readJsonColumn, unpackColumn } from './wire-columns.js';
import { integerField, malformed, objectField, ownField } from './wire-fields.js';

/** Where a codec puts the fields of an event. Names are the codec's own; each comes once. */
export interface EventDataWriter {
  /** Anything that JSON holds. */
  value(name: string, value: unknown): void;
  /** JSON that the codec has made itself. */
  json(name: string, text: string): void;
  /** A column of numbers: exact, NaN for what is unknown. */
  numbers(name: string, values: ArrayLike<number>): void;
}

/** Where a codec finds the fields of an event. Nothing is certain of what they are: anybody may have written them. */
export interface EventDataReader {
  /** A JSON value, or `undefined`. */
  /** Whether a field or column was written. */
  has(name: string): boolean;
  value(name: string): unknown;
  /**
   * A column of `length` numbers, NaN for what is unknown.
   * @throws TickmarkError `MALFORMED_INPUT` for anything else, and where it is missing.
   */
  numbers(name: string, length: number): Float64Array;
}

/** Fields as the JSON object of a CloudEvent's `data`. */
export class JsonDataWriter implements EventDataWriter {
  #text = '';

  value(name: string, value: unknown): void {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) this.json(name, text);
  }

  json(name: string, text: string): void {
    this.#text += `${this.#text === '' ? '' : ','}${JSON.stringify(name)}:${text}`;
  }

  numbers(name: string, values: ArrayLike<number>): void {
    this.json(name, jsonColumn(values));
  }

  /** The object as JSON. */
  get text(): string {
    return `{${this.#text}}`;
  }
}

/** Reads what {@link JsonDataWriter} wrote, parsed. */
export class JsonDataReader implements EventDataReader {
  readonly #data: Readonly<Record<string, unknown>>;

  constructor(data: unknown) {
    this.#data = objectField(data, 'data');
  }

  value(name: string): unknown {
    return ownField(this.#data, name);
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  numbers(name: string, length: number): Float64Array {
    return readJsonColumn(this.value(name), length, `data.${name}`);
  }
}

/**
 * Fields as a JSON object whose number columns follow in binary, in the order of the object's `columns`: each is
 * `{"name", "length", "width", "base"}`, see {@link packColumn}.
 */
export class CompactDataWriter implements EventDataWriter {
  readonly #json = new JsonDataWriter();
  readonly #heads: object[] = [];
  readonly #columns: Uint8Array[] = [];

  value(name: string, value: unknown): void {
    this.#json.value(name, value);
  }

  json(name: string, text: string): void {
    this.#json.json(name, text);
  }

  numbers(name: string, values: ArrayLike<number>): void {
    const { head, bytes } = packColumn(values);
    this.#heads.push({ name, length: values.length, ...head });
    this.#columns.push(bytes);
  }

  /** The object as JSON. */
  get text(): string {
    return this.#json.text;
  }

  /** What is told of the columns. */
  get heads(): readonly object[] {
    return this.#heads;
  }

  /** The columns. */
  get columns(): readonly Uint8Array[] {
    return this.#columns;
  }
}

/** Reads what {@link CompactDataWriter} wrote. */
export class CompactDataReader implements EventDataReader {
  readonly #data: JsonDataReader;
  readonly #columns = new Map<string, { readonly head: unknown; readonly bytes: Uint8Array }>();

  /** @throws TickmarkError `MALFORMED_INPUT` where columns and bytes do not agree. */
  constructor(data: unknown, heads: unknown, bytes: Uint8Array) {
    this.#data = new JsonDataReader(data);
    if (!Array.isArray(heads)) throw malformed('columns', heads, 'a list');
    let at = 0;
    for (const head of heads as unknown[]) {
      const { name, length } = objectField(head, 'columns') as { name?: unknown; length?: unknown };
      const size = integerField(length, 'columns.length') * columnWidth(head, `columns.${String(name)}`);
      if (typeof name !== 'string' || size < 0 || at + size > bytes.length) {
        throw new TickmarkError('MALFORMED_INPUT', 'columns: they do not fit the message.');
      }
      this.#columns.set(name, { head, bytes: bytes.subarray(at, at + size) });
      at += size;
    }
    if (at !== bytes.length) throw malformed('columns', bytes.length, `${at} bytes`);
  }

  has(name: string): boolean {
    return this.#columns.has(name) || this.#data.has(name);
  }

  value(name: string): unknown {
    return this.#data.value(name);
  }

  numbers(name: string, length: number): Float64Array {
    const column = this.#columns.get(name);
    // A codec may write a column as JSON of its own.
    if (!column) return this.#data.numbers(name, length);
    return unpackColumn(column.head, column.bytes, length, `data.${name}`);
  }
}
