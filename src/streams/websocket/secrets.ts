import { keepRaw } from '../../core/keep-raw.js';
/**
 * Keys of a venue that do not show when the venue object is printed, logged or serialized as JSON.
 *
 * @example
 * ```ts
 * import { Secrets, type Venue } from 'tickmark/websocket';
 *
 * const withKey = (venue: Venue, key: string): Venue => ({ ...venue, secrets: new Secrets(key) });
 * ```
 */
export class Secrets implements Iterable<string> {
  static {
    keepRaw(this);
  }

  readonly #secrets: readonly string[];

  constructor(...secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#secrets[Symbol.iterator]();
  }
}
