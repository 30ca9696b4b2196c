import { malformed } from './wire-fields.js';

const QUOTE = 0x22;
const COLON = 0x3a;
const LIST = 0x5b;
const BACKSLASH = 0x5c;
const LIST_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

/** Levels of objects and lists in each other. */
const MAX_DEPTH = 64;
/** Objects and lists of a message, beside one for each so many characters. Rows of valuations have one in 80 to 90. */
const MIN_CONTAINER_LIMIT = 50_000;
const CHARACTERS_PER_CONTAINER = 64;
/** Names of fields that differ. */
const MAX_NAMES = 50_000;

// A key of that name is data to JSON, but would become the prototype where someone copies the event by assignment.
const PROTOTYPE = '__proto__';
const MAY_HAVE_PROTOTYPE = /__proto__|\\u00/i;

/**
 * Parses JSON that anybody may have written. A parser takes up to 50 times as long for deep nesting, millions of empty objects or of
 * different names as for values of that length: so much of them is refused before it is parsed. Keys `__proto__` are left out.
 *
 * @throws TickmarkError `MALFORMED_INPUT` for what is too deep or too much; `SyntaxError` for what is no JSON.
 */
export function parseWireJson(text: string): unknown {
  const accepted = exceededLimit(text);
  if (accepted !== null) throw malformed('message', 'more', accepted);
  const value: unknown = JSON.parse(text);
  if (MAY_HAVE_PROTOTYPE.test(text)) dropPrototypeKeys(value);
  return value;
}

/** The limit that a text exceeds: it is refused by every reader. `null` without one; whether it is JSON is not looked at. */
export function exceededLimit(text: string): string | null {
  // A message of columns has a few objects: counting them takes next to nothing. Others are looked at character by character.
  const opened = countUpTo(MAX_DEPTH, text, '[') + countUpTo(MAX_DEPTH, text, '{');
  const hasManyNames = countPossibleNames(text) > MAX_NAMES;
  return opened > MAX_DEPTH || hasManyNames ? exceededStructureLimit(text, hasManyNames) : null;
}

/** How often something occurs; beyond `most` it is not counted to its end. */
function countUpTo(most: number, text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0 && count <= most; at = text.indexOf(mark, at + 1)) count++;
  return count;
}

/** Colons that follow a quote or a space, as those of names do and those of ids do not; up to one more than may be. */
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
  // The text that ended last, which is a name if a colon follows.
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

/** Where the quote is that ends a text. */
function endOfString(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

const HASH_BITS = 20;

/** Counts names that differ, by their hash: some that differ count as one. */
class DistinctNames {
  readonly #seen = new Uint8Array(2 ** HASH_BITS);
  #count = 0;

  /** @returns How many there are. */
  add(text: string, start: number, end: number): number {
    let hash = 0;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
    const slot = (hash ^ (hash >>> HASH_BITS)) & (2 ** HASH_BITS - 1);
    if (this.#seen[slot] === 0) this.#count++;
    this.#seen[slot] = 1;
    return this.#count;
  }
}

/** Parsed JSON is no deeper than was checked. */
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
