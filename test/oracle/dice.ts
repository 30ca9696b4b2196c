import { seededRandom } from '../../src/core/random.js';
import { fixed } from './rational.js';

/** Seeded random choices: the same seed makes the same test. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.between(0, from.length - 1)]!;
  }

  /** `count` different items in random order; all when there are fewer. */
  some<T>(from: readonly T[], count: number): T[] {
    const left = [...from];
    return Array.from(
      { length: Math.min(count, left.length) },
      () => left.splice(this.between(0, left.length - 1), 1)[0]!,
    );
  }

  /** A decimal string above zero with `digits` digits, `scale` of them after the point, and at most `most` units. */
  decimal({ digits, scale, most }: { digits: number; scale: number; most?: bigint }): string {
    let text = String(this.between(1, 9));
    while (text.length < digits) text += this.chance(0.2) ? '5' : String(this.between(0, 9));
    const units = BigInt(text);
    return fixed(most !== undefined && units > most ? most : units, scale);
  }

  /** The string, or sometimes the number, where the number reads as the same decimal. */
  asInput(text: string): string | number {
    const digits = text.replace(/[-.]/g, '').replace(/^0+/, '');
    return digits.length <= 15 && this.chance(0.3) ? Number(text) : text;
  }
}
