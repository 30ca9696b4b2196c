import { callBack } from '../../core/error-reporter.js';
import type { TickmarkError } from '../../core/errors.js';

/** Why something was refused or ended, for a security log. */
export type SecurityEventType =
  /** A page of another origin, or a program if programs are not allowed. */
  | 'origin-refused'
  /** No subject, credentials that have expired, or an `auth` message for another subject. */
  | 'unauthenticated'
  /** `authorize` said no. */
  | 'denied'
  /** Grants were revoked, or a reader was disconnected. */
  | 'revoked'
  /** A limit applied; `detail` is its name in `GatewayLimits`. */
  | 'limit'
  /** A handshake, request or message that cannot be read. */
  | 'malformed';

/** What happened to which reader. It never contains a token, a cookie, a query or a message of the reader. */
export interface SecurityEvent {
  readonly type: SecurityEventType;
  /** ms since 1970. */
  readonly at: number;
  /** Network address of the reader; `null` if it is unknown. */
  readonly address: string | null;
  /** Subject of the reader; `null` if it is unknown. */
  readonly subject: string | null;
  /** A few words about the event: a topic, a limit, an origin. At most 300 characters. */
  readonly detail: string;
}

/** Who an event is about. */
export interface SecurityParty {
  readonly address?: string | undefined;
  readonly subject?: string | null;
}

/** Reports security events, and counts how often each limit applied. */
export class SecurityLog {
  /** How often each limit applied. */
  readonly limited: Record<string, number> = {};
  readonly #now: () => number;
  readonly #listener: ((event: SecurityEvent) => void) | undefined;
  readonly #onError: (error: TickmarkError) => void;

  constructor(
    now: () => number,
    listener: ((event: SecurityEvent) => void) | undefined,
    onError: (error: TickmarkError) => void,
  ) {
    this.#onError = onError;
    this.#now = now;
    this.#listener = listener;
  }

  report(type: SecurityEventType, { address, subject }: SecurityParty, detail: string): void {
    if (type === 'limit') this.limited[detail] = (this.limited[detail] ?? 0) + 1;
    if (!this.#listener) return;
    const event = { type, at: this.#now(), address: address ?? null, subject: subject ?? null };
    // A log that fails must not stop the gateway.
    callBack(
      'Gateway: onSecurityEvent',
      () => this.#listener!({ ...event, detail: detail.slice(0, 300) }),
      this.#onError,
    );
  }
}
