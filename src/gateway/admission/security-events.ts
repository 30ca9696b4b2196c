import { attempt } from '../../core/error-reporter.js';

/** Why something was refused or ended, for a security log. */
export type SecurityEventType =
  /** A page of another origin, or a program where none may read. */
  | 'origin-refused'
  /** No subject, credentials that have expired, or an `auth` message for another subject. */
  | 'unauthenticated'
  /** `authorize` said no. */
  | 'denied'
  /** Grants were taken back, or a reader was disconnected. */
  | 'revoked'
  /** A limit held; `detail` is its name in `GatewayLimits`. */
  | 'limit'
  /** A handshake, request or message that cannot be read. */
  | 'malformed';

/** What happened, to whom. It never has a token, a cookie, a query or a message of the reader. */
export interface SecurityEvent {
  readonly type: SecurityEventType;
  /** ms since 1970. */
  readonly at: number;
  /** Network address of the reader, where one is known. */
  readonly address: string | null;
  /** Who the reader is, where that is known. */
  readonly subject: string | null;
  /** What it is about, in a few words: a topic, a limit, the origin. At most 300 characters. */
  readonly detail: string;
}

/** Who an event is about. */
export interface SecurityParty {
  readonly address?: string | undefined;
  readonly subject?: string | null;
}

/** Reports security events, and counts limits that held. */
export class SecurityLog {
  /** Times that each limit held. */
  readonly limited: Record<string, number> = {};
  readonly #now: () => number;
  readonly #listener: ((event: SecurityEvent) => void) | undefined;

  constructor(now: () => number, listener: ((event: SecurityEvent) => void) | undefined) {
    this.#now = now;
    this.#listener = listener;
  }

  report(type: SecurityEventType, { address, subject }: SecurityParty, detail: string): void {
    if (type === 'limit') this.limited[detail] = (this.limited[detail] ?? 0) + 1;
    if (!this.#listener) return;
    const event = { type, at: this.#now(), address: address ?? null, subject: subject ?? null };
    // A log that fails must not stop the gateway.
    attempt(() => this.#listener!({ ...event, detail: detail.slice(0, 300) }));
  }
}
