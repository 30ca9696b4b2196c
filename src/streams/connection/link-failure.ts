import { TickmarkError } from '../../core/errors.js';
import { errorCodes } from '../../core/error-text.js';
import { LinkError, type LinkPhase } from './link-deadlines.js';
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

// For a key that the venue does not accept. 4401 is the custom close code that mirrors HTTP's 401.
const UNAUTHORIZED_CODES: ReadonlySet<number | undefined> = new Set([401, 403, 4401]);
/** The server limits the rate and gives no wait. */
const RATE_LIMIT_CODES: ReadonlySet<number | undefined> = new Set([418, 429]);
const RATE_LIMIT_PAUSE_MS = 10_000;

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

/** The failure of the function that gives the URL or headers. */
export function targetFailure(cause: unknown): LinkFailure {
  if (cause instanceof TickmarkError) return { error: cause, isFatal: !cause.retryable, wasSilent: false };
  // Its message may contain the URL or a token.
  const message = `The function that gives the URL or headers of the link failed (${errorCodes(cause)}).`;
  return { error: new LinkError('resolve', 'STREAM_FAILED', message), isFatal: false, wasSilent: false };
}

/** The failure of a connection that was closed or refused. */
export function closeFailure(
  phase: LinkPhase,
  { message, code, status, retryAfterMs }: LinkClose,
): LinkFailure {
  const isFatal = UNAUTHORIZED_CODES.has(status) || UNAUTHORIZED_CODES.has(code);
  const error = new LinkError(phase, isFatal ? 'UNAUTHORIZED' : 'STREAM_FAILED', message, {
    retryable: !isFatal,
  });
  const wait = retryAfterMs ?? (RATE_LIMIT_CODES.has(status) ? RATE_LIMIT_PAUSE_MS : undefined);
  return { error, isFatal, wasSilent: false, retryAfterMs: wait };
}
