import { sleep, systemClock } from '../core/clock.js';
import type { TickmarkError } from '../core/errors.js';
import type { ErrorCode } from '../core/error-code.js';
import { ConformanceError, assert, assertCode, shown } from './assertions.js';

/**
 * Time limits of a kit. They end cases that hang; an implementation that is only slow on a busy machine stays far below them.
 */
export interface KitTiming {
  /** Time limit for something that must happen, in ms on the implementation's clock. Default 10,000. */
  readonly timeoutMs?: number;
  /** Time limit of a case, in ms of real time. The limit of the runner is slightly longer. Default 30,000. */
  readonly caseTimeoutMs?: number;
}

export const DEFAULT_TIMEOUT_MS = 10_000;
export const DEFAULT_CASE_TIMEOUT_MS = 30_000;
const STEP_MS = 5;

/**
 * Time as the implementation under test sees it: of a fake clock, or real time. Kits poll for what must happen, because an
 * implementation across a network takes some time.
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

  /** Lets time pass until `holds()`; `what` says what should happen. */
  async until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await this.pass(0);
    for (let waited = 0; !(await holds()); waited += STEP_MS) {
      assert(waited < this.#timeoutMs, `${what}: not within ${this.#timeoutMs} ms`);
      await this.pass(STEP_MS);
    }
  }

  /** Lets time pass until the promise is fulfilled. @returns Its value. */
  async settled<T>(promise: Promise<T>, what: string): Promise<T> {
    const outcome = await this.#outcome(promise, what);
    if (outcome.status === 'fulfilled') return outcome.value;
    const { reason } = outcome;
    if (reason instanceof ConformanceError) throw reason;
    throw new ConformanceError(`${what}: rejected with ${shown(reason)}`, { cause: reason });
  }

  /** Lets time pass until the promise rejects with an error of that code. @returns The error. */
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
   * Checks something that lasts `ms`, such as a lease. In real time, a busy machine may delay a check until it is too late: its failure
   * then proves nothing, and the check is repeated with a longer duration. `attempt` numbers the attempts from 0.
   */
  async whileLasting(ms: number, check: (ms: number, attempt: number) => Promise<void>): Promise<void> {
    for (let attempt = 0, lasting = ms; ; attempt++) {
      const delayBefore = this.#delayMs;
      try {
        return await check(lasting, attempt);
      } catch (error) {
        const delayMs = this.#delayMs - delayBefore;
        if (!this.#isReal || delayMs < lasting / 4 || lasting > this.#timeoutMs) throw error;
        lasting = Math.ceil(Math.max(lasting * 2, delayMs * 4));
      }
    }
  }

  // How much more real time has passed than the case asked for.
  get #delayMs(): number {
    return systemClock.monotonic() - this.#passedMs;
  }

  async #outcome<T>(promise: Promise<T>, what: string): Promise<PromiseSettledResult<T>> {
    let outcome: PromiseSettledResult<T> | undefined;
    const settling = Promise.allSettled([promise]).then(([each]) => (outcome = each));
    await this.until(() => outcome !== undefined, `${what} settles`);
    return settling;
  }
}
