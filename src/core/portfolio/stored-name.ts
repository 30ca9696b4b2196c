// The text of a database can contain neither \0 nor half a surrogate pair; names can.
const UNSTORABLE = /\\|\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
const MAYBE_UNSTORABLE = /[\\\0\uD800-\uDFFF]/;
const ESCAPE = /\\(?:\\|0|u([0-9a-f]{4}))/g;

/**
 * The stored form of an id, symbol or currency code: unchanged, except that a backslash becomes `\\`, the character 0 becomes
 * `\0`, and half a surrogate pair becomes `\u` and four hex digits. So ordinary names are readable in SQL, and different
 * names stay different.
 */
export function storedName(name: string): string {
  if (!MAYBE_UNSTORABLE.test(name)) return name;
  return name.replace(UNSTORABLE, (found) =>
    found === '\\' ? '\\\\' : found === '\0' ? '\\0' : `\\u${found.charCodeAt(0).toString(16)}`,
  );
}

/** The name that {@link storedName} was given. */
export function originalName(stored: string): string {
  if (!stored.includes('\\')) return stored;
  return stored.replace(ESCAPE, (escape, hex: string | undefined) =>
    hex !== undefined ? String.fromCharCode(parseInt(hex, 16)) : escape === '\\0' ? '\0' : '\\',
  );
}
