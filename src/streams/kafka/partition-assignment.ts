/** Which partitions are read here, and for which of them the group knows where to go on. */
export class PartitionAssignment {
  readonly #fromBeginning: boolean;
  readonly #committed = new Set<string>();
  #partitions: ReadonlySet<string> = new Set();

  /** `startsWithAll`: a partition without a committed offset is read from its beginning. */
  constructor(startsWithAll: boolean) {
    this.#fromBeginning = startsWithAll;
  }

  /** An offset of a partition was committed from here. */
  committed(topic: string, partition: number): void {
    this.#committed.add(`${topic}/${partition}`);
  }

  /**
   * Partitions were given out anew (`{ topic: [partition, …] }`). Gives whether nothing was missed in those that are read now:
   * they were read here before, and go on where that ended. One that never had an offset may have begun anew at its end.
   */
  replace(given: unknown): boolean {
    const before = this.#partitions;
    const now = new Set<string>();
    for (const [topic, numbers] of Object.entries((given ?? {}) as Record<string, unknown>)) {
      if (Array.isArray(numbers)) for (const each of numbers) now.add(`${topic}/${String(each)}`);
    }
    this.#partitions = now;
    for (const each of this.#committed) if (!now.has(each)) this.#committed.delete(each);
    return (
      [...before].every((each) => now.has(each)) && [...now].every((each) => this.#isKnown(each, before))
    );
  }

  #isKnown(partition: string, before: ReadonlySet<string>): boolean {
    return before.has(partition) && (this.#fromBeginning || this.#committed.has(partition));
  }
}
