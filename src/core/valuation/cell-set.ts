/**
 * A set of small whole numbers that comes out in ascending order, since memory is read faster so. One bit a number: what
 * a tick touches stays within the first cache.
 */
export class CellSet {
  #bits = new Int32Array(2);
  #isEmpty = true;

  /** Makes room for numbers below `count`. */
  reserve(count: number): void {
    const words = (count + 31) >> 5;
    if (words <= this.#bits.length) return;
    const wider = new Int32Array(words);
    wider.set(this.#bits);
    this.#bits = wider;
  }

  /** Adds a number that there is room for. */
  add(number: number): void {
    this.#isEmpty = false;
    this.#bits[number >> 5]! |= 1 << number;
  }

  /** {@link add} for the numbers of a list from index `from` to before index `to`. */
  addList(numbers: Int32Array, from: number, to: number): void {
    this.#isEmpty = false;
    const bits = this.#bits;
    for (let i = from; i < to; i++) {
      const number = numbers[i]!;
      bits[number >> 5]! |= 1 << number;
    }
  }

  /** Adds all numbers below `count`. */
  addBelow(count: number): void {
    this.#isEmpty = false;
    this.#bits.fill(-1, 0, count >> 5);
    if ((count & 31) !== 0) this.#bits[count >> 5]! |= (1 << count) - 1;
  }

  /** Adds all numbers of another set, which there is room for. */
  addSet(other: CellSet): void {
    if (other.#isEmpty) return;
    this.#isEmpty = false;
    other.#bits.forEach((bits, word) => (this.#bits[word]! |= bits));
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
    let length = 0;
    for (let word = 0; word < bits.length; word++) {
      let rest = bits[word]!;
      if (rest === 0) continue;
      bits[word] = 0;
      const first = word << 5;
      if (rest === -1) {
        for (let bit = 0; bit < 32; bit++) into[length++] = first + bit;
        continue;
      }
      while (rest !== 0) {
        into[length++] = first + 31 - Math.clz32(rest & -rest);
        rest &= rest - 1;
      }
    }
    return length;
  }
}
