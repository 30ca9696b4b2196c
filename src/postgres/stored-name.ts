// Text of PostgreSQL holds neither \0 nor half a surrogate pair, and a name may hold both.
const UNSTORABLE = /\\|\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
const PERHAPS_UNSTORABLE = /[\\\0\uD800-\uDFFF]/;
const ESCAPE = /\\(?:\\|0|u([0-9a-f]{4}))/g;

/**
 * An id, symbol or currency code as it is stored: itself, except that a backslash becomes `\\`, the character 0 becomes
 * `\0`, and a surrogate without its other half becomes `\u` and four hex digits. So ordinary names read as they are in
 * anyone's SQL, and no two names become one.
 */
export function storedName(name: string): string {
  if (!PERHAPS_UNSTORABLE.test(name)) return name;
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
