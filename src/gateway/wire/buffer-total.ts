/** A connection, as far as its buffer is concerned. */
export interface Buffering {
  /** Bytes that are buffered in it now. */
  readonly buffered: number;
}

/**
 * Bytes that are buffered for all connections together. Below half of the limit, each connection may buffer what its own limit permits.
 * Above that, only an equal share of the other half, so that readers that do not read take nothing from others. Shares shrink with each
 * new connection: one that is above its share may have to end.
 */
export class BufferTotal {
  readonly #most: number;
  /** Buffered bytes of each connection at its last update. */
  readonly #known = new Map<Buffering, number>();
  #sum = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Buffered bytes. */
  get bytes(): number {
    return this.#sum;
  }

  /** Counts a connection from now on. */
  add(each: Buffering): void {
    this.#known.set(each, 0);
  }

  /** Updates the bytes of a connection, after a write or after some time. */
  update(each: Buffering): void {
    const known = this.#known.get(each);
    if (known === undefined) return;
    const { buffered } = each;
    if (buffered === known) return;
    this.#sum += buffered - known;
    this.#known.set(each, buffered);
  }

  /** Counts a connection no longer. */
  remove(each: Buffering): void {
    this.#sum -= this.#known.get(each) ?? 0;
    this.#known.delete(each);
  }

  /** Whether so many more bytes are within the limit. */
  fits(bytes: number): boolean {
    return bytes <= this.#most - this.#sum;
  }

  /** Whether a connection may buffer so many more bytes of values. */
  hasRoom(each: Buffering, bytes: number): boolean {
    return bytes <= this.roomFor(each);
  }

  /** How many more bytes of values a connection may buffer. */
  roomFor(each: Buffering): number {
    const half = this.#most / 2;
    return Math.max(
      0,
      Math.min(this.#most - this.#sum, Math.max(half - this.#sum, this.#fairShare - each.buffered)),
    );
  }

  /** Whether a connection has more than its share while little is left for others. */
  isCrowding(each: Buffering): boolean {
    return this.#sum > 0.75 * this.#most && each.buffered > this.#fairShare;
  }

  get #fairShare(): number {
    return this.#most / 2 / Math.max(1, this.#known.size);
  }
}
