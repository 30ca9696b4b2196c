/** A row as JSON, and the offset of its last change. */
interface TrackedRow {
  readonly text: string;
  readonly changedAt: number;
}

/** Rows by symbol, each with the offset of its last change. */
export class TrackedRows {
  #rows = new Map<string, TrackedRow>();

  /** Replaces all rows. @returns The symbols whose rows are gone; `null` if nothing has changed. */
  replace(texts: ReadonlyMap<string, string>, offset: number): readonly string[] | null {
    const next = new Map<string, TrackedRow>();
    let isChanged = texts.size !== this.#rows.size;
    for (const [symbol, text] of texts) {
      const known = this.#rows.get(symbol);
      const isSame = known?.text === text;
      next.set(symbol, isSame ? known : { text, changedAt: offset });
      isChanged ||= !isSame;
    }
    if (!isChanged) return null;
    const gone = [...this.#rows.keys()].filter((symbol) => !texts.has(symbol));
    this.#rows = next;
    return gone;
  }

  /** The rows that have changed after an offset, as a list in JSON. */
  since(offset: number): string {
    const changed: string[] = [];
    for (const { text, changedAt } of this.#rows.values()) if (changedAt > offset) changed.push(text);
    return `[${changed.join(',')}]`;
  }
}
