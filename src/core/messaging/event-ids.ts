import type { RandomSource } from '../random.js';

/** Creates the ids of events: a random prefix for each start of the process, and a running number. */
export class EventIds {
  readonly #prefix: string;
  #last = 0;

  constructor(name: string, random: RandomSource) {
    this.#prefix = `${name}-${Math.floor(random() * 2 ** 48).toString(36)}-`;
  }

  next(): string {
    // Base 36, because V8 caches the decimal strings of numbers, and each garbage collection of new objects goes through that cache.
    return this.#prefix + (++this.#last).toString(36);
  }
}
