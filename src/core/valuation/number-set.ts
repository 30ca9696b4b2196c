/** A set of small whole numbers that is cheap to fill millions of times a second. */
export class NumberSet {
  #has = new Uint8Array(64);
  #numbers: number[] = [];

  get size(): number {
    return this.#numbers.length;
  }

  add(number: number): void {
    if (number >= this.#has.length) {
      const wider = new Uint8Array(Math.max(number + 1, this.#has.length * 2));
      wider.set(this.#has);
      this.#has = wider;
    }
    if (this.#has[number] === 1) return;
    this.#has[number] = 1;
    this.#numbers.push(number);
  }

  /** Takes up to `limit` numbers out, the first added first. */
  take(limit = Infinity): number[] {
    const taken = limit >= this.#numbers.length ? this.#numbers : this.#numbers.slice(0, limit);
    this.#numbers = taken === this.#numbers ? [] : this.#numbers.slice(limit);
    for (const number of taken) this.#has[number] = 0;
    return taken;
  }
}
