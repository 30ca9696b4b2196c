import type { Clock } from '../clock.js';
import { arrivalFault, unitFault } from '../prices/price-update.js';

const MICROTASK = Promise.resolve();
/** Times that are younger need no closer check. */
const RECENT_MS = 1e11;

/** The time at which updates arrive, read once for each burst: reading the clock can cost more than the rest of a push. */
export class ArrivalClock {
  readonly #clock: Clock;
  #burstTime = NaN;
  readonly #endBurst = (): void => {
    this.#burstTime = NaN;
  };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** ms since 1970. The same for all updates of one job of the event loop. */
  now(): number {
    return this.#burstTime >= 0 ? this.#burstTime : this.#startBurst();
  }

  #startBurst(): number {
    void MICROTASK.then(this.#endBurst);
    return (this.#burstTime = this.#clock.now());
  }
}

/** Whether a venue time cannot be right for an update that arrives at `now`; all in ms since 1970. */
export function isBadTime(timestamp: number, receivedAt: number | undefined, now: number): boolean {
  if (timestamp <= now && timestamp > now - RECENT_MS) return false;
  // A recording may be from a later time than the clock shows that it is played on.
  const isLater = receivedAt !== undefined && receivedAt > now && unitFault(receivedAt, now) === null;
  return arrivalFault(timestamp, isLater ? receivedAt : now) !== null;
}

/** When an update was received: as it says itself, or `now` where that cannot be right. A wrong receipt costs no price. */
export function receiptTime(receivedAt: number | undefined, now: number): number {
  if (receivedAt === undefined || receivedAt > now || unitFault(receivedAt, now) !== null) return now;
  return receivedAt;
}
