/** The id that the part of an address after `#` names. Any text is one: what is not percent-encoded as it should be is taken as it stands. */
export function idIn(hash: string): string {
  const text = hash.replace(/^#/, '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The part of an address that names an id. */
export function hashOf(id: string): string {
  return `#${encodeURIComponent(id)}`;
}

/** What an address chooses. */
export interface Choice {
  /** The portfolio to show; `null` where there is none. */
  readonly id: string | null;
  /** The id that was asked for and is not known; `null` if it is, or none was asked for. */
  readonly unknown: string | null;
}

/** The portfolio that is asked for, or the first one. */
export function choose(asked: string, known: readonly string[]): Choice {
  if (known.includes(asked)) return { id: asked, unknown: null };
  return { id: known[0] ?? null, unknown: asked === '' ? null : asked };
}
