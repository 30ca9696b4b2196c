import { checkDelay } from '../../core/clock.js';
import { TickmarkError, type TickmarkErrorOptions } from '../../core/errors.js';
import type { ErrorCode } from '../../core/error-code.js';
import { checkOptions, withDefaults, type OptionShapes } from '../../core/options.js';

/** Phases of a connection, in their order. */
export type LinkPhase = 'resolve' | 'connect' | 'auth' | 'subscribe' | 'data';

/** Time limit of each phase of a connection, in ms; `Infinity` for none. */
export interface LinkDeadlines {
  /** Until the URL and headers, with their tokens, are available. Default 5,000. */
  readonly resolve?: number;
  /** Until the connection is open: DNS, TCP, TLS, and the WebSocket upgrade or the headers of the response. Default 1,500. */
  readonly connect?: number;
  /** Until the login has succeeded. Default 5,000. */
  readonly auth?: number;
  /** Until every requested symbol has been confirmed or refused; each answer restarts it. Default 5,000. */
  readonly subscribe?: number;
  /**
   * Until the first price after the symbols are confirmed. Default: none, since a market may be quiet. Set it for venues that send
   * a snapshot.
   */
  readonly data?: number;
}

/** Deadlines with their defaults. */
export type ResolvedDeadlines = Readonly<Record<LinkPhase, number>>;

const DEFAULTS: ResolvedDeadlines = {
  resolve: 5000,
  connect: 1500,
  auth: 5000,
  subscribe: 5000,
  data: Infinity,
};

const NAMES: OptionShapes<LinkDeadlines> = {
  resolve: true,
  connect: true,
  auth: true,
  subscribe: true,
  data: true,
};

/** Fills in defaults. @throws TickmarkError `INVALID_ARGUMENT` for a deadline that is not a time in ms. */
export function resolveDeadlines(where: string, given?: LinkDeadlines): ResolvedDeadlines {
  if (given !== undefined) checkOptions(where, given, NAMES);
  const deadlines = withDefaults(given, DEFAULTS);
  for (const [phase, ms] of Object.entries(deadlines)) {
    if (ms !== Infinity) checkDelay(ms, `${where}.${phase}`);
  }
  return deadlines;
}

/**
 * A link failed. `phase` is where; the code is `TIMEOUT` if the phase exceeded its deadline.
 *
 * @example
 * ```ts
 * import type { TickmarkError } from 'tickmark';
 * import { LinkError, WebSocketPriceStreamAdapter, kraken } from 'tickmark/websocket';
 *
 * const onError = (error: TickmarkError): void => {
 *   if (error instanceof LinkError && error.phase === 'auth') console.error('login failed:', error.message);
 * };
 * const stream = new WebSocketPriceStreamAdapter({ venue: kraken(), onError });
 * ```
 */
export class LinkError extends TickmarkError {
  /** The phase in which it failed; `data` for a link that was up. */
  readonly phase: LinkPhase;

  constructor(phase: LinkPhase, code: ErrorCode, message: string, options: TickmarkErrorOptions = {}) {
    super(code, message, { retryable: true, ...options });
    this.phase = phase;
  }
}
