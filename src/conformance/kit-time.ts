import { sleep, systemClock } from '../core/clock.js';
import type { ErrorCode, TickmarkError } from '../core/errors.js';
import { ConformanceError, assert, assertCode, shown } from './assertions.js';

/**
 * How long a kit waits. These limits end what hangs; an implementation that is only slow on a busy machine stays far below
 * them.
 */
export interface KitTiming {
  /** Longest wait for something that must happen, in ms of the implementation's time. Default 10,000. */
  readonly timeoutMs?: number;
  /** Longest a case may take, in ms of real time. The runner is given a little more. Default 30,000. */
  readonly caseTimeoutMs?: number;
}

export const DEFAULT_TIMEOUT_MS = 10_000;
export const DEFAULT_CASE_TIMEOUT_MS = 30_000;
const STEP_MS = 5;

/**
 * Time as the implementation under test sees it: a fake clock's, or real time. What must happen is polled for, since an
 * implementation across a network takes its time.
 */
export class KitTime {
  readonly #advance: (ms: number) => Promise<void>;
  readonly #timeoutMs: number;
  readonly #isReal: boolean;
  #passedMs = 0;

  constructor(advance: ((ms: number) => Promise<void>) | undefined, timeoutMs: number) {
    this.#advance = advance ?? ((ms) => sleep(systemClock, ms));
    this.#isReal = advance === undefined;
    this.#timeoutMs = timeoutMs;
  }

  /** Lets `ms` pass. */
  pass(ms: number): Promise<void> {
    this.#passedMs += ms;
    return this.#advance(ms);
  }

  /** Lets time pass until `holds()`; `what` says what should come about. */
  async until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await this.pass(0);
    for (let waited = 0; !(await holds()); waited += STEP_MS) {
      assert(waited < this.#timeoutMs, `${what}: not within ${this.#timeoutMs} ms`);
      await this.pass(STEP_MS);
    }
  }

  /** Lets time pass until the promise is fulfilled, and gives its value. */
  async settled<T>(promise: Promise<T>, what: string): Promise<T> {
    const outcome = await this.#outcome(promise, what);
    if (outcome.status === 'fulfilled') return outcome.value;
    const { reason } = outcome;
    if (reason instanceof ConformanceError) throw reason;
    throw new ConformanceError(`${what}: rejected with ${shown(reason)}`, { cause: reason });
  }

  /** Lets time pass until the promise rejects with an error of that code, and gives the error. */
  async rejected(promise: Promise<unknown>, code: ErrorCode, what: string): Promise<TickmarkError> {
    const outcome = await this.#outcome(promise, what);
    if (outcome.status === 'rejected') return assertCode(outcome.reason, code, what);
    throw new ConformanceError(`${what}: expected a rejection with code ${code}, but it was fulfilled`);
  }

  /** Whether the promise is still pending after `ms`. */
  async isPendingAfter(promise: Promise<unknown>, ms: number): Promise<boolean> {
    let isPending = true;
    const note = (): void => void (isPending = false);
    promise.then(note, note);
    await this.pass(ms);
    return isPending;
  }

  /**
   * Runs a check of something that lasts `ms`, such as a lease. In real time, a check that the machine held up for long may have
   * come too late: its failure proves nothing, and it is made again with something that lasts longer. `attempt` tells the
   * attempts apart.
   */
  async whileLasting(ms: number, check: (ms: number, attempt: number) => Promise<void>): Promise<void> {
    for (let attempt = 0, lasting = ms; ; attempt++) {
      const heldUpBefore = this.#heldUpMs;
      try {
        return await check(lasting, attempt);
      } catch (error) {
        const heldUpMs = this.#heldUpMs - heldUpBefore;
        if (!this.#isReal || heldUpMs < lasting / 4 || lasting > this.#timeoutMs) throw error;
        lasting = Math.ceil(Math.max(lasting * 2, heldUpMs * 4));
      }
    }
  }

  // By how much the case is behind the time that it let pass, in real time.
  get #heldUpMs(): number {
    return systemClock.monotonic() - this.#passedMs;
  }

  async #outcome<T>(promise: Promise<T>, what: string): Promise<PromiseSettledResult<T>> {
    let outcome: PromiseSettledResult<T> | undefined;
    const settling = Promise.allSettled([promise]).then(([each]) => (outcome = each));
    await this.until(() => outcome !== undefined, `${what} settles`);
    return settling;
  }
}
