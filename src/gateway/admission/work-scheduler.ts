import type { Clock, Timer } from '../../core/clock.js';
import { FairQueue } from './fair-queue.js';

/** Rough cost of the work that readers cause, in units of a few microseconds. */
export const WorkCost = {
  /** A request or handshake, up to the answer of `authenticate`. */
  opening: 30,
  /** A topic that is subscribed to, unsubscribed or checked again, with its value. */
  topic: 1,
  /** New credentials. */
  credentials: 20,
  /** Reading from a WebSocket. */
  read: (bytes: number): number => 5 + bytes / 200,
} as const;

/** Work that may begin in one turn of the event loop: about a millisecond. */
const COST_PER_TURN = 500;
/** No more work begins in a turn after this time, ms. */
const TURN_MS = 2;

/** A turn is followed by a rest of this many times its length, so that half of the time is left for values and heartbeats. */
const REST = 1;

interface Waiting {
  readonly cost: number;
  /** `null` if its reader has left. */
  begin: (() => void) | null;
}

/**
 * Paces all work that readers cause: a little in each turn of the event loop, and then a rest that is as long as the turn. So values and
 * heartbeats are on time, however much readers request. Waiting work is served fairly by network address: an address that requests much
 * waits for its own work only.
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

  /** @param most Cost of the work that may begin in one turn. A piece of work that costs more has a turn of its own. */
  constructor(clock: Clock, most = COST_PER_TURN) {
    this.#clock = clock;
    this.#most = most;
  }

  /** How many pieces of work wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  /**
   * Resolves when a piece of work may begin; `undefined` if it may begin at once.
   *
   * @param network The network that causes it, see `networkOf`; empty if it is unknown.
   * @param left Fires when the work is no longer needed: then it takes no time from others, and the promise resolves at once.
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

  /** Lets all waiting work begin, and all later work at once. */
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

  // By now the microtasks of the work are done as well.
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
