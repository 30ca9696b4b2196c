/** A point of a chart. Only here amounts become floating-point numbers, which is exact enough for pixels. */
export type Point = readonly [timeMs: number, marketValue: number, unrealizedPnl: number];

/** Shortest time between two samples; earlier ones are skipped. */
const SAMPLE_MS = 1000;
const RECENT = 300;
const LONG = 720;

/**
 * What a value has been, in a memory that does not grow: every sample of the last five minutes, and of all the time before as many
 * points as a screen can show, with every other one taken out and the distance doubled whenever they are full.
 */
export class History {
  #recent: Point[] = [];
  #long: Point[] = [];
  /** Distance of points in `#long`. */
  #everyMs = SAMPLE_MS;

  /** Samples of the last while, oldest first. */
  get recent(): readonly Point[] {
    return this.#recent;
  }

  /** Points of all the time, oldest first, with the newest sample last. */
  get long(): readonly Point[] {
    const newest = this.#recent.at(-1);
    return newest && newest !== this.#long.at(-1) ? [...this.#long, newest] : this.#long;
  }

  add(point: Point): void {
    if (!isDue(this.#recent, point, SAMPLE_MS)) return;
    this.#recent.push(point);
    if (this.#recent.length > RECENT) this.#recent.shift();
    if (!isDue(this.#long, point, this.#everyMs)) return;
    this.#long.push(point);
    if (this.#long.length < LONG) return;
    this.#long = this.#long.filter((_, index) => index % 2 === 0);
    this.#everyMs *= 2;
  }

  /** Replaces the history, for example by that of the server. */
  load(saved: SavedHistory): void {
    this.#recent = saved.recent.slice(-RECENT);
    this.#long = saved.long.slice(-LONG + 1);
    this.#everyMs = Math.max(saved.everyMs, SAMPLE_MS);
  }

  toJSON(): SavedHistory {
    return { recent: this.#recent, long: this.#long, everyMs: this.#everyMs };
  }
}

/** A history as JSON. */
export interface SavedHistory {
  readonly recent: readonly Point[];
  readonly long: readonly Point[];
  /** Distance of points in `long`, ms. */
  readonly everyMs: number;
}

// A little less than the distance, so that a timer that comes early by a millisecond does not leave every other sample out.
function isDue(points: readonly Point[], [time]: Point, everyMs: number): boolean {
  const last = points.at(-1);
  return !last || time - last[0] >= everyMs * 0.9;
}
