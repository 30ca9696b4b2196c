/** What became of the frames of a venue. */
export interface FrameStats {
  /** Frames received. */
  readonly frames: number;
  /** Bytes of those frames. */
  readonly bytes: number;
  /** Prices read from them; one frame may carry many. */
  readonly prices: number;
  /** Frames without a price that were understood, by kind. */
  readonly control: Readonly<Record<string, number>>;
  /** Frames, or parts of one, that could not be used, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Frames that the venue's session said nothing about. Other than 0 is a fault of the venue object. */
  readonly unexplained: number;
}

/** Counts frames and what became of them. */
export class FrameCounts {
  /** Prices so far. */
  prices = 0;
  #frames = 0;
  #bytes = 0;
  #unexplained = 0;
  // Whatever explains a frame adds to this or to `prices`.
  #others = 0;
  readonly #control = new Map<string, number>();
  readonly #rejected = new Map<string, number>();

  /** Has `read` account for a frame, and counts it. What it throws is counted as `venue-threw`. */
  frame(bytes: number, read: () => void): void {
    this.#frames++;
    this.#bytes += bytes;
    const before = this.prices + this.#others;
    try {
      read();
    } catch {
      this.rejected('venue-threw');
    }
    if (this.prices + this.#others === before) this.#unexplained++;
  }

  /** A frame was dropped unread. */
  dropped(reason: string): void {
    this.#frames++;
    this.rejected(reason);
  }

  /** A frame was understood and carries no price. */
  control(kind: string): void {
    this.#others++;
    this.#control.set(kind, (this.#control.get(kind) ?? 0) + 1);
  }

  /** A frame or a part of it is of no use. */
  rejected(reason: string): void {
    this.#others++;
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }

  /** Counters so far. */
  stats(): FrameStats {
    return {
      frames: this.#frames,
      bytes: this.#bytes,
      prices: this.prices,
      control: Object.fromEntries(this.#control),
      rejected: Object.fromEntries(this.#rejected),
      unexplained: this.#unexplained,
    };
  }
}
