import { seededRandom } from '../../src/core/random.js';
import { fixed } from './rational.js';

/** Seeded choices: the same seed makes the same test. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  /** True in that share of cases. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.between(0, from.length - 1)]!;
  }

  /** So many different ones, in random order; fewer when there are not as many. */
  some<T>(from: readonly T[], count: number): T[] {
    const left = [...from];
    return Array.from(
      { length: Math.min(count, left.length) },
      () => left.splice(this.between(0, left.length - 1), 1)[0]!,
    );
  }

  /** Decimal text above zero of so many digits, `scale` of them after the point, `most` units at most. */
  decimal({ digits, scale, most }: { digits: number; scale: number; most?: bigint }): string {
    let text = String(this.between(1, 9));
    while (text.length < digits) text += this.chance(0.2) ? '5' : String(this.between(0, 9));
    const units = BigInt(text);
    return fixed(most !== undefined && units > most ? most : units, scale);
  }

  /** The text, or now and then the number it names, where the number names nothing else. */
  asInput(text: string): string | number {
    const digits = text.replace(/[-.]/g, '').replace(/^0+/, '');
    return digits.length <= 15 && this.chance(0.3) ? Number(text) : text;
  }
}
