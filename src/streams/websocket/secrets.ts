/**
 * Texts that do not show where an object is printed, logged or written as JSON: keys of a venue.
 *
 * ```ts
 * const venue = { …, secrets: new Secrets(key, secret) };
 * ```
 */
export class Secrets implements Iterable<string> {
  readonly #secrets: readonly string[];

  constructor(...texts: readonly string[]) {
    this.#secrets = texts;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#secrets[Symbol.iterator]();
  }
}
