import { malformed } from './wire-fields.js';

const QUOTE = 0x22;
const COLON = 0x3a;
const LIST = 0x5b;
const BACKSLASH = 0x5c;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

/** Most levels of nested objects and lists. */
const MAX_DEPTH = 64;
/** Any message may have this many objects and lists, plus one per `CHARACTERS_PER_CONTAINER`. Valuations have one per 80 to 90 characters. */
const MIN_CONTAINER_LIMIT = 50_000;
const CHARACTERS_PER_CONTAINER = 64;
/** Most different field names. */
const MAX_NAMES = 50_000;

// In JSON this key is data, but copying the event by assignment would set the prototype.
const PROTOTYPE = '__proto__';
const MAY_HAVE_PROTOTYPE = /__proto__|\\u00/i;

/**
 * Parses untrusted JSON. A parser takes up to 50 times as long for deep nesting, or for millions of empty objects or different names, as
 * for plain values of the same length, so these are refused before parsing. Keys `__proto__` are dropped.
 *
 * @throws TickmarkError `MALFORMED_INPUT` above a limit; `SyntaxError` for invalid JSON.
 */
export function parseWireJson(text: string): unknown {
  const accepted = exceededLimit(text);
  if (accepted !== null) throw malformed('message', 'more', accepted);
  const value: unknown = JSON.parse(text);
  if (MAY_HAVE_PROTOTYPE.test(text)) dropPrototypeKeys(value);
  return value;
}

/** The limit that a JSON string exceeds, so that readers refuse it; `null` if it exceeds none. Does not check that it is JSON. */
export function exceededLimit(text: string): string | null {
  // Messages of columns have few objects, so counting is cheap. Other messages are scanned character by character.
  const opened = countUpTo(MAX_DEPTH, text, '[') + countUpTo(MAX_DEPTH, text, '{');
  const hasManyNames = countPossibleNames(text) > MAX_NAMES;
  return opened > MAX_DEPTH || hasManyNames ? exceededStructureLimit(text, hasManyNames) : null;
}

/** Counts occurrences; stops above `most`. */
function countUpTo(most: number, text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0 && count <= most; at = text.indexOf(mark, at + 1)) count++;
  return count;
}

/** Counts colons after a quote or a space, which end names but do not occur in ids; stops above the limit. */
function countPossibleNames(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0 && count <= MAX_NAMES; at = text.indexOf(':', at + 1)) {
    if (text.charCodeAt(at - 1) <= QUOTE) count++;
  }
  return count;
}

/** @param hasManyNames Whether names have to be counted. */
function exceededStructureLimit(text: string, hasManyNames: boolean): string | null {
  const { length } = text;
  const mostOpened = MIN_CONTAINER_LIMIT + Math.floor(length / CHARACTERS_PER_CONTAINER);
  const names = hasManyNames ? new DistinctNames() : null;
  let depth = 0;
  let opened = 0;
  // Start and end of the last string. It is a name if a colon follows.
  let start = 0;
  let end = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      start = at + 1;
      end = at = endOfString(text, start);
    } else if (code === COLON) {
      if (names && names.add(text, start, end) > MAX_NAMES) {
        return `at most ${MAX_NAMES} different names of fields`;
      }
    } else if (code === OBJECT || code === LIST) {
      if (++depth > MAX_DEPTH) return `at most ${MAX_DEPTH} levels of nesting`;
      if (++opened > mostOpened) {
        return `at most ${mostOpened} objects and lists in ${length} characters`;
      }
    } else if (code === OBJECT_END || code === LIST_END) depth--;
  }
  return null;
}

/** Index of the quote that ends a string. */
function endOfString(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

const HASH_BITS = 20;

/** Counts different names by their hash. A few different names may be counted as one. */
class DistinctNames {
  readonly #seen = new Uint8Array(2 ** HASH_BITS);
  #count = 0;

  /** @returns The count so far. */
  add(text: string, start: number, end: number): number {
    let hash = 0;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
    const slot = (hash ^ (hash >>> HASH_BITS)) & (2 ** HASH_BITS - 1);
    if (this.#seen[slot] === 0) this.#count++;
    this.#seen[slot] = 1;
    return this.#count;
  }
}

/** Recursion is safe: the depth of the JSON was checked. */
function dropPrototypeKeys(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value as unknown[]) if (typeof each === 'object') dropPrototypeKeys(each);
    return;
  }
  const fields = value as Record<string, unknown>;
  if (Object.hasOwn(fields, PROTOTYPE)) delete fields[PROTOTYPE];
  for (const name in fields) {
    const each = fields[name];
    if (typeof each === 'object') dropPrototypeKeys(each);
  }
}
