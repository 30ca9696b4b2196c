import { TickmarkError } from '../errors.js';
import { jsonColumn, packColumn, columnWidth, readJsonColumn, unpackColumn } from './wire-columns.js';
import { integerField, malformed, objectField, ownField } from './wire-fields.js';

/** Where a codec writes the fields of an event. The codec chooses the names, and writes each once. */
export interface EventDataWriter {
  /** Writes any JSON value. */
  value(name: string, value: unknown): void;
  /** Writes a JSON string that the codec made itself. */
  json(name: string, text: string): void;
  /** Writes a column of numbers, exactly; NaN means unknown. */
  numbers(name: string, values: ArrayLike<number>): void;
}

/** Where a codec reads the fields of an event. They are untrusted: check each one. */
export interface EventDataReader {
  /** Whether a field or column was written. */
  has(name: string): boolean;
  /** A JSON value; `undefined` if it is missing. */
  value(name: string): unknown;
  /**
   * A column of `length` numbers; NaN means unknown.
   * @throws TickmarkError `MALFORMED_INPUT` for anything else, or if it is missing.
   */
  numbers(name: string, length: number): Float64Array;
}

/** Writes fields as the JSON object `data` of a CloudEvent. */
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

/** Reads the parsed output of {@link JsonDataWriter}. */
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
 * Writes fields as a JSON object, followed by number columns in binary, in the order of the list `columns`: each is
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

  /** Headers of the columns. */
  get heads(): readonly object[] {
    return this.#heads;
  }

  /** The columns. */
  get columns(): readonly Uint8Array[] {
    return this.#columns;
  }
}

/** Reads the output of {@link CompactDataWriter}. */
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
        throw new TickmarkError('MALFORMED_INPUT', 'columns: their sizes do not fit the message.');
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
    // A codec may have written the column as JSON.
    if (!column) return this.#data.numbers(name, length);
    return unpackColumn(column.head, column.bytes, length, `data.${name}`);
  }
}
