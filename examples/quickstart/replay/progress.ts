import { age, count } from '../figures.js';
import type { Scan } from './scan.js';

/** Progress of a replay: by prices at full speed, otherwise by recorded time. */
export class ReplayClock {
  readonly #scan: Scan;
  readonly #speed: 'max' | number;
  readonly #startedAt = performance.now();

  constructor(scan: Scan, speed: 'max' | number) {
    this.#scan = scan;
    this.#speed = speed;
  }

  /** @param played Prices delivered so far. */
  text(played: number): string {
    const elapsedMs = performance.now() - this.#startedAt;
    const { prices, from, to } = this.#scan;
    const isOver = played >= prices;
    const totalMs =
      this.#speed === 'max' ? (elapsedMs * prices) / Math.max(1, played) : (to - from) / this.#speed;
    const part = isOver ? 1 : Math.min(0.99, elapsedMs / Math.max(1, totalMs));
    const rate = played / Math.max(0.001, elapsedMs / 1000);
    const left = isOver ? 'done' : `${age(Math.max(0, totalMs - elapsedMs))} left`;
    return `replay ${Math.floor(part * 100)} %  ${count(played)} prices  ${count(rate)}/s  ${left}`;
  }
}
