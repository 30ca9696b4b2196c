/**
 * Texts that do not show where an object is printed, logged or written as JSON: keys of a venue.
 *
 * ```ts
 * const venue = { …, secrets: new HiddenTexts(key, secret) };
 * ```
 */
export class HiddenTexts implements Iterable<string> {
  readonly #texts: readonly string[];

  constructor(...texts: readonly string[]) {
    this.#texts = texts;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#texts[Symbol.iterator]();
  }
}
