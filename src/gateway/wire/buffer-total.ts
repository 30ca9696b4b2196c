/** One of those whose buffers are added up. */
export interface Buffering {
  /** Bytes that wait in it now. */
  readonly buffered: number;
}

/**
 * Bytes that wait for all connections together. Below half of the limit each may have what its own limit allows; above that only its
 * even share of the other half, so that readers who do not read take nothing from those who do. Shares shrink when more connections
 * come: who has more than one then has to go.
 */
export class BufferTotal {
  readonly #most: number;
  /** What each had when it was last looked at. */
  readonly #known = new Map<Buffering, number>();
  #sum = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#sum;
  }

  add(each: Buffering): void {
    this.#known.set(each, 0);
  }

  /** Looks at one again: it was written to, or time has passed. */
  update(each: Buffering): void {
    const known = this.#known.get(each);
    if (known === undefined) return;
    const { buffered } = each;
    if (buffered === known) return;
    this.#sum += buffered - known;
    this.#known.set(each, buffered);
  }

  remove(each: Buffering): void {
    this.#sum -= this.#known.get(each) ?? 0;
    this.#known.delete(each);
  }

  /** Whether so many more bytes may wait at all. */
  fits(bytes: number): boolean {
    return bytes <= this.#most - this.#sum;
  }

  /** Whether so many more bytes of values may wait in one. */
  hasRoom(each: Buffering, bytes: number): boolean {
    return bytes <= this.roomFor(each);
  }

  /** How many more bytes may wait in one. */
  roomFor(each: Buffering): number {
    const half = this.#most / 2;
    return Math.max(
      0,
      Math.min(this.#most - this.#sum, Math.max(half - this.#sum, this.#fairShare - each.buffered)),
    );
  }

  /** Whether one has more than its share while little is left for others. */
  isCrowding(each: Buffering): boolean {
    return this.#sum > 0.75 * this.#most && each.buffered > this.#fairShare;
  }

  get #fairShare(): number {
    return this.#most / 2 / Math.max(1, this.#known.size);
  }
}
