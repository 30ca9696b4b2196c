import type { Clock, Timer } from '../core/clock.js';
import { FairQueue } from './fair-queue.js';

/** About what work costs that readers cause, in units of a few microseconds. */
export const WorkCost = {
  /** A request or handshake, up to the answer of `authenticate`. */
  opening: 30,
  /** A topic that is asked for, left or checked again, with its value. */
  topic: 1,
  /** New credentials. */
  credentials: 20,
  /** What was read from a WebSocket. */
  read: (bytes: number): number => 5 + bytes / 200,
} as const;

/** What may be spent in one turn of the event loop: about a millisecond's work, */
const COST_A_TURN = 500;
/** and after so many ms nothing more begins. */
const TURN_MS = 2;

/** A turn is followed by a rest of so many times its length, which leaves others at least half of the time. */
const REST = 1;

interface Waiting {
  readonly cost: number;
  /** `null` once it has left. */
  begin: (() => void) | null;
}

/**
 * All work that readers cause goes through here: little in one turn of the event loop, and as long a rest after each turn as it took.
 * So values and heartbeats are on time, whatever newcomers and talkers ask for. Those who wait are served evenly by network
 * address: who asks for much waits for it alone.
 */
export class WorkScheduler {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #queue = new FairQueue<Waiting>();
  #spent = 0;
  #beganAt = 0;
  #timer: Timer | undefined;
  #isResting = false;
  #isStopped = false;

  /** @param most what may be spent in one turn; a piece of work that costs more has one to itself. */
  constructor(clock: Clock, most = COST_A_TURN) {
    this.#clock = clock;
    this.#most = most;
  }

  /** How many pieces of work wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  /**
   * What to wait for before a piece of work; `undefined` where it may begin at once.
   *
   * @param network Who causes it, as `networkOf` of its address; empty where that is not known.
   * @param left Aborted when it is not wanted any longer: it takes no time from others then, and the promise settles at once.
   */
  take(cost: number, network = '', left?: AbortSignal): Promise<void> | undefined {
    if (this.#isStopped) return undefined;
    if (!this.#timer) this.#begin();
    if (!this.#isResting && this.#queue.size === 0 && this.#hasRoom(cost)) {
      this.#queue.charge(network, cost);
      this.#spent += cost;
      return undefined;
    }
    return new Promise((begin) => {
      const waiting: Waiting = { cost, begin };
      const leave = (): void => {
        waiting.begin = null;
        begin();
      };
      if (left) {
        left.addEventListener('abort', leave, { once: true });
        waiting.begin = () => {
          left.removeEventListener('abort', leave);
          begin();
        };
      }
      this.#queue.push(network, cost, waiting);
    });
  }

  /** Nothing waits any longer. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    for (let each = this.#queue.pop(); each; each = this.#queue.pop()) each.begin?.();
  }

  #begin(): void {
    this.#spent = 0;
    this.#beganAt = this.#clock.monotonic();
    this.#timer = this.#clock.defer(() => this.#rest());
  }

  // By now also what the work has left for later in its turn is done.
  #rest(): void {
    const tookMs = this.#clock.monotonic() - this.#beganAt;
    if (tookMs <= 0) return this.#next();
    this.#isResting = true;
    this.#timer = this.#clock.setTimer(() => this.#next(), REST * tookMs);
  }

  #next(): void {
    this.#isResting = false;
    this.#timer = undefined;
    if (this.#queue.size === 0) return this.#queue.forget();
    this.#begin();
    for (let next = this.#queue.peek(); next && this.#hasRoom(next.cost); next = this.#queue.peek()) {
      this.#queue.pop();
      if (!next.begin) continue;
      this.#spent += next.cost;
      next.begin();
    }
  }

  #hasRoom(cost: number): boolean {
    if (this.#spent === 0) return true;
    return this.#spent + cost <= this.#most && this.#clock.monotonic() - this.#beganAt < TURN_MS;
  }
}
