/** A list or an object in a frame. */
export interface Container {
  readonly parent: Container | undefined;
  /** Symbols that it names, itself or in what it contains. */
  readonly symbols: Set<string>;
}

/** A single value in a frame. */
export interface Leaf {
  /** Without quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
  /** Keys that lead to it; `[]` for each list of lists or objects, `[2]` for its place in a list of plain values. */
  readonly path: string;
  readonly in: Container;
}

interface Level extends Container {
  readonly path: string;
  readonly isList: boolean;
  key: string | undefined;
  index: number;
}

const TOKEN = /"((?:[^"\\]|\\.)*)"|[{}[\],]|[^\s{}[\]",:=|;]+/g;
const QUOTED_KEY = /^\s*:/;
const PLAIN_KEY = /^=/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** The values of a frame: of JSON by their keys, of any other text by their order. A frame in bytes has none. */
export function leavesOf(frame: string | Uint8Array): Leaf[] {
  if (typeof frame !== 'string') return [];
  const leaves: Leaf[] = [];
  let level = levelIn(undefined, '', true);
  const stack = [level];
  for (const match of frame.matchAll(TOKEN)) {
    const [token, quoted] = match;
    const end = match.index + token.length;
    if (token === '{' || token === '[') {
      level = levelIn(level, pathIn(level, true), token === '[');
      stack.push(level);
    } else if (token === '}' || token === ']') {
      if (stack.length > 1) stack.pop();
      level = stack.at(-1)!;
      if (level.isList && level.parent === undefined) level.index++;
    } else if (token === ',') {
      if (level.parent) level.index++;
      level.key = undefined;
    } else if ((quoted === undefined ? PLAIN_KEY : QUOTED_KEY).test(frame.slice(end, end + 4))) {
      level.key = quoted ?? token;
    } else {
      const isQuoted = quoted !== undefined;
      leaves.push({
        text: quoted ?? token,
        start: match.index + (isQuoted ? 1 : 0),
        end: isQuoted ? end - 1 : end,
        isQuoted,
        path: pathIn(level, false),
        in: level,
      });
      if (!level.parent) level.index++;
    }
  }
  return leaves;
}

/** Whether a value is written as a plain decimal. */
export function isNumeric({ text }: Leaf): boolean {
  return NUMBER.test(text);
}

/** The last key of a path: `bid` of `data[].bid[0]`. */
export function keyOf(path: string): string {
  return /([^.[\]]+)(\[\d*\])*$/.exec(path)?.[1] ?? path;
}

/** Replaces values of a frame. */
export function withLeaves(
  frame: string,
  leaves: readonly Leaf[],
  textOf: (leaf: Leaf) => string | undefined,
): string {
  let text = '';
  let done = 0;
  for (const leaf of leaves) {
    const given = textOf(leaf);
    if (given === undefined) continue;
    text += frame.slice(done, leaf.start) + given;
    done = leaf.end;
  }
  return text + frame.slice(done);
}

function levelIn(parent: Level | undefined, path: string, isList: boolean): Level {
  return { parent, path, isList, key: undefined, index: 0, symbols: new Set() };
}

function pathIn({ path, isList, key, index, parent }: Level, isContainer: boolean): string {
  if (key !== undefined) return path === '' ? key : `${path}.${key}`;
  if (!isList) return path;
  // The one value of a frame is not in a list.
  if (!parent && isContainer) return '';
  return isContainer ? `${path}[]` : `${path}[${index}]`;
}
