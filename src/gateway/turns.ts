import type { Clock, Timer } from '../core/clock.js';

interface Waiting {
  readonly cost: number;
  readonly begin: () => void;
}

/**
 * Spreads work over turns of the event loop: when a thousand readers come back at once, those who stayed get their values in
 * between.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #waiting: Waiting[] = [];
  #spent = 0;
  #timer: Timer | undefined;
  #isStopped = false;

  /** @param most what may be spent in one turn; a piece of work that costs more has one to itself. */
  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /** What to wait for before a piece of work; `undefined` where it may begin at once. */
  take(cost: number): Promise<void> | undefined {
    if (this.#isStopped) return undefined;
    this.#timer ??= this.#clock.defer(() => this.#next());
    if (this.#waiting.length === 0 && this.#hasRoom(cost)) {
      this.#spent += cost;
      return undefined;
    }
    return new Promise((begin) => this.#waiting.push({ cost, begin }));
  }

  /** Nothing waits for its turn any longer. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    for (const { begin } of this.#waiting.splice(0)) begin();
  }

  #next(): void {
    this.#spent = 0;
    this.#timer = undefined;
    while (this.#waiting.length > 0 && this.#hasRoom(this.#waiting[0]!.cost)) {
      const { cost, begin } = this.#waiting.shift()!;
      this.#spent += cost;
      begin();
    }
    if (this.#spent > 0) this.#timer = this.#clock.defer(() => this.#next());
  }

  #hasRoom(cost: number): boolean {
    return this.#spent === 0 || this.#spent + cost <= this.#most;
  }
}
