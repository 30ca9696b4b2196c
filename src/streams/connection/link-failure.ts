import { TickmarkError } from '../../core/errors.js';
import { errorCodes } from '../../core/error-text.js';
import { LinkError, type LinkPhase } from './link-deadlines.js';
import type { Verdict } from './refusals.js';
import type { LinkClose } from './transport.js';

/** Why a connection ended. */
export interface LinkFailure {
  readonly error: TickmarkError;
  /** Whether a retry cannot help. */
  readonly isFatal: boolean;
  /** Whether it ended because nothing came any more. */
  readonly wasSilent: boolean;
  /** Least wait before a retry, in ms. */
  readonly retryAfterMs?: number | undefined;
}

const PHASE_TIMEOUTS: Record<LinkPhase, string> = {
  resolve: 'The URL or headers of the link were not available',
  connect: 'The connection did not open',
  auth: 'The venue did not complete the login',
  subscribe: 'The venue did not answer the subscriptions',
  data: 'No price came',
};

/** The failure of a phase that exceeded its deadline. */
export function timeoutFailure(phase: LinkPhase, limitMs: number): LinkFailure {
  const error = new LinkError(phase, 'TIMEOUT', `${PHASE_TIMEOUTS[phase]} within ${limitMs} ms.`);
  return { error, isFatal: false, wasSilent: false };
}

/**
 * The failure of the function that gives the URL or headers. What it throws decides, if it is a `TickmarkError`. A URL that is none is
 * asked for again where the function has given a good one before.
 */
export function targetFailure(cause: unknown, hasWorked: boolean): LinkFailure {
  if (cause instanceof TickmarkError) {
    const isAskedAgain = hasWorked && cause.code === 'INVALID_ARGUMENT';
    const error = isAskedAgain ? new LinkError('resolve', cause.code, cause.message, { cause }) : cause;
    return { error, isFatal: !error.retryable, wasSilent: false };
  }
  // Its message may contain the URL or a token.
  const message = `The function that gives the URL or headers of the link failed (${errorCodes(cause)}).`;
  return { error: new LinkError('resolve', 'STREAM_FAILED', message), isFatal: false, wasSilent: false };
}

/** The failure of a connection that was closed or refused. */
export function closeFailure(
  phase: LinkPhase,
  { message }: LinkClose,
  { code, isFinal, retryAfterMs, hint }: Verdict,
): LinkFailure {
  const text = hint === undefined ? message : `${message} ${hint}`;
  const error = new LinkError(phase, code, text, { retryable: !isFinal });
  return { error, isFatal: isFinal, wasSilent: false, retryAfterMs };
}
