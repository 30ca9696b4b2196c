/**
 * A point of a chart; `null` is a gap: the value was not complete. Only here amounts become floating-point numbers, which is exact enough
 * for pixels.
 */
export type Point = readonly [timeMs: number, marketValue: number | null, unrealizedPnl: number | null];

/** Shortest time between two samples. */
const SAMPLE_MS = 1000;
const RECENT = 300;
const LONG = 720;

/**
 * What a value has been, in a memory that does not grow: a sample of each second of the last five minutes, and of all the time before as
 * many points as a screen can show, with every other one taken out and the distance doubled whenever they are full. The newest value is
 * always the last point, also between two samples.
 */
export class History {
  #recent: readonly Point[] = [];
  #long: readonly Point[] = [];
  /** Distance of points in `#long`. */
  #everyMs = SAMPLE_MS;
  #newest: Point | undefined;

  /** Samples of the last while, oldest first, with the newest value last. */
  get recent(): readonly Point[] {
    return endingWith(this.#recent, this.#newest);
  }

  /** Points of all the time, oldest first, with the newest value last. */
  get long(): readonly Point[] {
    return endingWith(this.#long, this.#newest);
  }

  add([time, marketValue, unrealizedPnl]: Point): void {
    const last = this.#recent.at(-1)?.[0] ?? time;
    // The clock was set back: what was before the new point stays before it.
    if (time < last - SAMPLE_MS) this.#shift(time - SAMPLE_MS - last);
    const point: Point = [Math.max(time, this.#recent.at(-1)?.[0] ?? time), marketValue, unrealizedPnl];
    this.#newest = point;
    if (!isDue(this.#recent, point, SAMPLE_MS)) return;
    this.#recent = [...this.#recent, point].slice(-RECENT);
    if (!isDue(this.#long, point, this.#everyMs)) return;
    this.#long = [...this.#long, point];
    if (this.#long.length < LONG) return;
    this.#long = this.#long.filter((_, index) => index % 2 === 0);
    this.#everyMs *= 2;
  }

  /** Replaces the history, for example by that of the server. */
  load(saved: SavedHistory): void {
    this.#recent = saved.recent.slice(-RECENT);
    this.#long = saved.long.slice(-LONG + 1);
    this.#everyMs = Math.max(saved.everyMs, SAMPLE_MS);
    this.#newest = this.#recent.at(-1);
  }

  toJSON(): SavedHistory {
    return { recent: this.#recent, long: this.#long, everyMs: this.#everyMs };
  }

  #shift(byMs: number): void {
    const shifted = ([time, ...values]: Point): Point => [time + byMs, ...values];
    this.#recent = this.#recent.map(shifted);
    this.#long = this.#long.map(shifted);
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

/** The points, then the newest; in place of the last one if that is of the same time. */
function endingWith(points: readonly Point[], newest: Point | undefined): readonly Point[] {
  const last = points.at(-1);
  if (!newest || newest === last) return points;
  return last && last[0] >= newest[0] ? [...points.slice(0, -1), newest] : [...points, newest];
}
