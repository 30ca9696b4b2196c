import { CloseCode } from '../../protocol/close-codes.js';
import { SUBPROTOCOL } from '../../protocol/server-messages.js';

/** Why a request, a handshake or a socket is refused. */
export interface Refusal {
  readonly code: CloseCode;
  readonly reason: string;
}

/** Refusals that event streams and WebSockets share. */
export const REFUSALS = {
  tooManyConnections: { code: CloseCode.TOO_MANY, reason: 'Too many connections.' },
  unreadableRequest: { code: CloseCode.BAD_REQUEST, reason: 'The request cannot be read.' },
  originNotAllowed: { code: CloseCode.ORIGIN_REFUSED, reason: 'This origin is not allowed.' },
  originMissing: {
    code: CloseCode.ORIGIN_REFUSED,
    reason: 'The Origin header is missing; the gateway option allowMissingOrigin permits that.',
  },
  subprotocol: {
    code: CloseCode.UNSUPPORTED_PROTOCOL,
    reason: `This gateway speaks the subprotocol ${SUBPROTOCOL} only.`,
  },
  credentialsUnchecked: { code: CloseCode.INTERNAL, reason: 'The credentials could not be checked.' },
  goingAway: { code: CloseCode.GOING_AWAY, reason: 'This gateway is going away.' },
} as const satisfies Record<string, Refusal>;
