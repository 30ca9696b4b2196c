/**
 * A set of small whole numbers that comes out in ascending order, since memory is read faster so. One bit a number, and one
 * for each 32 of them: what a tick touches stays within the first cache, and few numbers are found without a look at all.
 */
export class BitSet {
  #bits = new Int32Array(32);
  /** Which of `#bits` may have a number; all that have one are among them. */
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

  /** Whether there is no number in it, as far as is known without a look. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Adds a number that there is room for. */
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

  /** Adds all numbers of another set, which there is room for. */
  addSet(other: BitSet): void {
    if (other.#isEmpty) return;
    this.#isEmpty = false;
    other.#bits.forEach((bits, word) => (this.#bits[word]! |= bits));
    other.#used.forEach((used, word) => (this.#used[word]! |= used));
  }

  delete(number: number): void {
    this.#bits[number >> 5]! &= ~(1 << number);
  }

  has(number: number): boolean {
    return (this.#bits[number >> 5]! & (1 << number)) !== 0;
  }

  clear(): void {
    if (!this.#isEmpty) this.#bits.fill(0);
    this.#isEmpty = true;
  }

  /** Takes all numbers out and writes them to the beginning of `into`, in ascending order. @returns how many they are. */
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
