import { TickmarkError, quote } from './errors.js';

/** Checks that an object has no fields but those of `known`. @throws TickmarkError `INVALID_ARGUMENT`, with the nearest name. */
export function checkNames(where: string, kind: 'option' | 'field', given: object, known: object): void {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(known, name) && (given as Record<string, unknown>)[name] !== undefined)
      throw unknownName(where, kind, name, Object.keys(known));
}

/** The error for a name that is none of `known`. */
export function unknownName(
  where: string,
  kind: 'option' | 'field',
  name: string,
  known: readonly string[],
): TickmarkError {
  const near = nearestName(name, known);
  const hint = near === undefined ? `accepted are ${known.join(', ')}.` : `did you mean ${quote(near)}?`;
  return new TickmarkError('INVALID_ARGUMENT', `${where}: unknown ${kind} ${quote(name)}; ${hint}`);
}

/** The name that takes the fewest edits, if these are few for its length; `undefined` if none is near. A shortened word counts as one edit, a part of a longer one as two. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let fewest = Infinity;
  for (const name of known) {
    const [from, to] = [given.toLowerCase(), name.toLowerCase()];
    const edits = isShortened(from, to)
      ? 1
      : Math.min(editsBetween(from, to), isWithin(from, to) ? 2 : Infinity);
    if (edits < fewest && edits <= Math.max(given.length, name.length) * 0.4)
      [nearest, fewest] = [name, edits];
  }
  return nearest;
}

// Such as `avgCost` of `averageCost`: the first letter, and others in their order.
function isShortened(from: string, to: string): boolean {
  let at = 0;
  for (const letter of to) if (letter === from[at]) at++;
  return from.length > 2 && from[0] === to[0] && at === from.length;
}

// Such as `lean-trade` for `lean`, or `book` for `bookTicker`.
function isWithin(from: string, to: string): boolean {
  return to.length > 2 && from.length > 2 && (from.includes(to) || to.includes(from));
}

// Letters that are inserted, removed, replaced or swapped with the next one. A name of hostile length is cut: it is near to none.
function editsBetween(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [line, letter] of [...from.slice(0, 64)].entries()) {
    const next = [line + 1];
    for (let at = 1; at <= to.length; at++) {
      const replaced = row[at - 1]! + (letter === to[at - 1] ? 0 : 1);
      const isSwapped = letter === to[at - 2] && from[line - 1] === to[at - 1];
      const swapped = isSwapped ? before[at - 2]! + 1 : Infinity;
      next.push(Math.min(row[at]! + 1, next[at - 1]! + 1, replaced, swapped));
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}
