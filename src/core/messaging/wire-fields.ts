import { TickmarkError, quote } from '../errors.js';

/** Checks one value of an untrusted message. @throws TickmarkError `MALFORMED_INPUT`, naming `where`. */
export type FieldReader<T> = (value: unknown, where: string) => T;

/** The error for an unreadable message: where in the message, what is accepted, and what was found. */
export function malformed(where: string, found: unknown, accepted: string): TickmarkError {
  return new TickmarkError('MALFORMED_INPUT', `${where}: expected ${accepted}, found ${quote(found)}.`);
}

/** A reader that accepts the values that pass a check. */
export function field<T>(isValid: (value: unknown) => value is T, accepted: string): FieldReader<T> {
  return (value, where) => {
    if (isValid(value)) return value;
    throw malformed(where, value, accepted);
  };
}

/** A string. */
export const stringField = field((value) => typeof value === 'string', 'a string');
/** A finite number. */
export const numberField = field((value): value is number => Number.isFinite(value), 'a finite number');
/** A whole number that float64 holds exactly. */
export const integerField = field((value): value is number => Number.isSafeInteger(value), 'a whole number');
/** `true` or `false`. */
export const booleanField = field((value) => typeof value === 'boolean', 'true or false');
/** An object that is not an array. */
export const objectField = field(
  (value): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object',
);
const anyArrayField = field((value): value is unknown[] => Array.isArray(value), 'a list');

/** One of the given strings. */
export function choiceField<T extends string>(...choices: readonly T[]): FieldReader<T> {
  return field((value): value is T => choices.includes(value as T), choices.join(', '));
}

/** A value that `read` accepts, or `null`. */
export function nullableField<T>(read: FieldReader<T>): FieldReader<T | null> {
  return (value, where) => (value === null ? null : read(value, where));
}

/** A value that `read` accepts, or `null`, which it is too where an older version did not send it. */
export function laterField<T>(read: FieldReader<T>): FieldReader<T | null> {
  return (value, where) => (value === null || value === undefined ? null : read(value, where));
}

/** A list of values that `read` accepts. */
export function arrayField<T>(read: FieldReader<T>): FieldReader<T[]> {
  return (value, where) => anyArrayField(value, where).map((each, index) => read(each, `${where}[${index}]`));
}

/** Readers of the fields of `T`. */
export type RecordFields<T> = { readonly [K in keyof T]-?: FieldReader<T[K]> };

/** An object with the given fields; other fields are dropped. */
export function recordField<T>(fields: RecordFields<T>): FieldReader<T> {
  const readers = Object.entries(fields) as Array<[string, FieldReader<unknown>]>;
  return (value, where) => {
    const given = objectField(value, where);
    return Object.fromEntries(
      readers.map(([name, read]) => [name, read(ownField(given, name), `${where}.${name}`)]),
    ) as T;
  };
}

/** An own field of a parsed object, never an inherited one. */
export function ownField(given: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(given, name) ? given[name] : undefined;
}
