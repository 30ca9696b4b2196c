import type { Clock } from '../../../core/clock.js';
import { RateWindow } from '../../connection/rate-window.js';
import type { VenueLimits } from '../venue.js';

/** How soon to ask again for a place that another connection is about to free. */
const NO_PLACE_PAUSE_MS = 1000;

/** Keeps the connections of an adapter within the venue's limits: so many at once, and so many new ones in a time. */
export class ConnectionBudget {
  readonly #most: number;
  readonly #newOnes: RateWindow;

  constructor(clock: Clock, { connections = Infinity, newConnections }: VenueLimits) {
    const { most = Infinity, withinMs = Infinity } = newConnections ?? {};
    this.#most = connections;
    this.#newOnes = new RateWindow(clock, most, withinMs);
  }

  /** Whether a link may open a second connection to replace the first one. */
  allowsOverlap(links: number): boolean {
    return links < this.#most;
  }

  /** Admits a connection beside those that are open and returns 0, or returns the ms after which to ask again. */
  admit(open: number): number {
    return open >= this.#most ? NO_PLACE_PAUSE_MS : this.#newOnes.take();
  }
}
