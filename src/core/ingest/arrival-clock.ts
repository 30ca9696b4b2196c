import type { Clock } from '../clock.js';
import { arrivalFault, unitFault } from '../prices/price-update.js';

const MICROTASK = Promise.resolve();
/** A time at most this old, in ms, needs no closer check. */
const RECENT_MS = 1e11;

/** The time at which updates arrive. It is read once per burst, because reading the clock can take longer than the rest of a push. */
export class ArrivalClock {
  readonly #clock: Clock;
  #burstTime = NaN;
  readonly #endBurst = (): void => {
    this.#burstTime = NaN;
  };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The time in ms since 1970; the same for all updates of one synchronous burst. */
  now(): number {
    return this.#burstTime >= 0 ? this.#burstTime : this.#startBurst();
  }

  #startBurst(): number {
    void MICROTASK.then(this.#endBurst);
    return (this.#burstTime = this.#clock.now());
  }
}

/** Whether a venue time must be wrong for an update that arrives at `now`. All in ms since 1970. */
export function isBadTime(timestamp: number, receivedAt: number | undefined, now: number): boolean {
  if (timestamp <= now && timestamp > now - RECENT_MS) return false;
  // A recording may be played with a clock that shows an earlier time than that of the recording.
  const isLater = receivedAt !== undefined && receivedAt > now && unitFault(receivedAt, now) === null;
  return arrivalFault(timestamp, isLater ? receivedAt : now) !== null;
}

/** When an update was received: its `receivedAt`, or `now` if that is missing or wrong. A wrong time of receipt does not reject a price. */
export function receiptTime(receivedAt: number | undefined, now: number): number {
  if (receivedAt === undefined || receivedAt > now || unitFault(receivedAt, now) !== null) return now;
  return receivedAt;
}
