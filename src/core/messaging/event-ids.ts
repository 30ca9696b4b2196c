import type { RandomSource } from '../random.js';

/** Ids of the events that one part gives: a beginning that no other life of it has, and a running number. */
export class EventIds {
  readonly #prefix: string;
  #last = 0;

  constructor(name: string, random: RandomSource) {
    this.#prefix = `${name}-${Math.floor(random() * 2 ** 48).toString(36)}-`;
  }

  next(): string {
    // In base 36, since V8 keeps the decimal texts of thousands of numbers, and every young collection walks through them.
    return this.#prefix + (++this.#last).toString(36);
  }
}
