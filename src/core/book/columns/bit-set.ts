/**
 * A set of small whole numbers that is read in ascending order, in which memory is read fastest. It takes one bit for each number,
 * and one more for each 32: what a tick touches stays within the first cache, and few numbers are found without scanning all bits.
 */
export class BitSet {
  #bits = new Int32Array(32);
  /** Which words of `#bits` may have a bit set. */
  #used = new Int32Array(1);
  #isEmpty = true;

  /** Makes room for numbers below `count`. */
  reserve(count: number): void {
    if (count <= 32 * this.#bits.length) return;
    const used = new Int32Array((count + 1023) >> 10);
    const bits = new Int32Array(32 * used.length);
    used.set(this.#used);
    bits.set(this.#bits);
    this.#used = used;
    this.#bits = bits;
  }

  /** Whether it is known to be empty; `false` may also mean that all numbers were deleted one by one. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Adds a number, for which there must be room. */
  add(number: number): void {
    this.#isEmpty = false;
    this.#bits[number >> 5]! |= 1 << number;
    this.#used[number >> 10]! |= 1 << (number >> 5);
  }

  /** {@link add} for the numbers of a list from index `from` to before index `to`. */
  addList(numbers: Int32Array, from: number, to: number): void {
    this.#isEmpty = false;
    const bits = this.#bits;
    const used = this.#used;
    for (let i = from; i < to; i++) {
      const number = numbers[i]!;
      bits[number >> 5]! |= 1 << number;
      used[number >> 10]! |= 1 << (number >> 5);
    }
  }

  /** Adds all numbers below `count`. */
  addBelow(count: number): void {
    this.#isEmpty = false;
    this.#used.fill(-1);
    this.#bits.fill(-1, 0, count >> 5);
    if ((count & 31) !== 0) this.#bits[count >> 5]! |= (1 << count) - 1;
  }

  /** Adds all numbers of another set, for which there must be room. */
  addSet(other: BitSet): void {
    if (other.#isEmpty) return;
    this.#isEmpty = false;
    other.#bits.forEach((bits, word) => (this.#bits[word]! |= bits));
    other.#used.forEach((used, word) => (this.#used[word]! |= used));
  }

  /** Removes a number. */
  delete(number: number): void {
    this.#bits[number >> 5]! &= ~(1 << number);
  }

  /** Whether a number is in it. */
  has(number: number): boolean {
    return (this.#bits[number >> 5]! & (1 << number)) !== 0;
  }

  /** Removes all numbers. */
  clear(): void {
    if (!this.#isEmpty) this.#bits.fill(0);
    this.#isEmpty = true;
  }

  /** Removes all numbers and writes them to the beginning of `into`, in ascending order. @returns how many there were. */
  take(into: Int32Array): number {
    if (this.#isEmpty) return 0;
    this.#isEmpty = true;
    const bits = this.#bits;
    const used = this.#used;
    let length = 0;
    for (let group = 0; group < used.length; group++) {
      let words = used[group]!;
      used[group] = 0;
      for (; words !== 0; words &= words - 1) {
        const word = (group << 5) + 31 - Math.clz32(words & -words);
        let rest = bits[word]!;
        bits[word] = 0;
        const first = word << 5;
        if (rest === -1) {
          for (let bit = 0; bit < 32; bit++) into[length++] = first + bit;
          continue;
        }
        for (; rest !== 0; rest &= rest - 1) into[length++] = first + 31 - Math.clz32(rest & -rest);
      }
    }
    return length;
  }
}
