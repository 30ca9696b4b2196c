import { checkDelay } from '../../core/clock.js';
import { TickmarkError, type ErrorCode, type TickmarkErrorOptions } from '../../core/errors.js';

/** The steps from nothing to prices, in their order. */
export type LinkPhase = 'resolve' | 'connect' | 'auth' | 'subscribe' | 'data';

/** How long each step may take, in ms. */
export interface LinkDeadlines {
  /** Until the address, token and headers are there. Default 5,000. */
  readonly resolve?: number;
  /** Until the connection is open: DNS, TCP, TLS and the upgrade or the answer's head together. Default 1,500. */
  readonly connect?: number;
  /** Until the venue has let us in. Default 5,000. */
  readonly auth?: number;
  /** Until every symbol sent has been confirmed or refused; runs anew with each answer. Default 5,000. */
  readonly subscribe?: number;
  /**
   * Until the first price after the symbols are confirmed. Default: none, since a quiet market is no fault; set it for
   * venues that send a snapshot.
   */
  readonly data?: number;
}

/** Deadlines with their defaults. */
export type ReadyDeadlines = Readonly<Record<LinkPhase, number>>;

/** Fills in defaults. @throws TickmarkError `INVALID_ARGUMENT` for one that is no time in ms. */
export function readDeadlines(where: string, given: LinkDeadlines = {}): ReadyDeadlines {
  const { resolve = 5000, connect = 1500, auth = 5000, subscribe = 5000, data = Infinity } = given;
  const deadlines = { resolve, connect, auth, subscribe, data };
  for (const [phase, ms] of Object.entries(deadlines)) {
    if (ms !== Infinity) checkDelay(ms, `${where}.${phase}`);
  }
  return deadlines;
}

/** A link failed; `phase` says at which step. `TIMEOUT` when the step's time was up. */
export class LinkError extends TickmarkError {
  /** The step at which it failed; `data` for a link that was up. */
  readonly phase: LinkPhase;

  constructor(phase: LinkPhase, code: ErrorCode, message: string, options: TickmarkErrorOptions = {}) {
    super(code, message, { retryable: true, ...options });
    this.phase = phase;
  }
}
