import { BoundedCalls, type Clock } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { GatewayOptions, ReaderIdentity } from '../gateway-options.js';
import { isPromise } from '../is-promise.js';

/** Who a reader is. */
export interface Identity {
  readonly subject: string;
  /** When the credentials expire, ms since 1970; `null`: never. */
  readonly expiresAt: number | null;
  readonly context: unknown;
}

/** Who a reader is; `null`: nobody; `busy`: the application did not answer. */
export type Identified = Identity | null | 'busy';

/** What an {@link Authenticator} works with. */
export interface AuthenticatorOptions extends Pick<GatewayOptions, 'authenticate'> {
  readonly clock: Clock;
  /** How long an answer may take, ms. */
  readonly timeoutMs: number;
  readonly onError: (error: TickmarkError) => void;
}

const MAX_SUBJECT = 256;

/** Asks the application who a reader is. An answer that is not clear counts as nobody. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #calls: BoundedCalls;
  /** When each subject was last disconnected, on the monotonic clock. */
  readonly #disconnectedAt = new Map<string, number>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, options.timeoutMs);
  }

  /** Who sends a request; at once if the application answers at once. Never throws, never rejects. */
  identify(request: Request): Identified | Promise<Identified> {
    const askedAt = this.#options.clock.monotonic();
    try {
      const answer = this.#options.authenticate(request);
      if (!isPromise(answer)) return this.#identityOf(answer, Infinity);
      return this.#calls
        .run('Authenticating', async () => answer)
        .then(
          (each) => this.#identityOf(each, askedAt),
          (cause: unknown) => this.#failed(cause),
        );
    } catch (cause) {
      return this.#failed(cause);
    }
  }

  /** A subject was disconnected: answers to calls that began earlier no longer count. */
  disconnected(subject: string): void {
    this.#disconnectedAt.set(subject, this.#options.clock.monotonic());
  }

  /** Forgets disconnections that are older than all calls in progress. */
  sweep(): void {
    const before = this.#options.clock.monotonic() - 2 * this.#options.timeoutMs;
    for (const [subject, at] of this.#disconnectedAt) if (at < before) this.#disconnectedAt.delete(subject);
  }

  /** Waits for no answer any longer. */
  stop(): void {
    this.#calls.abandon(new TickmarkError('CLOSED', 'This Gateway is closed.'));
  }

  #identityOf(answer: ReaderIdentity | null | undefined, askedAt: number): Identified {
    if (answer === null || answer === undefined) return null;
    const { subject, expiresAt = null, context } = answer;
    if (typeof subject !== 'string' || subject === '' || subject.length > MAX_SUBJECT) {
      return this.#malformed('a subject of 1 to 256 characters');
    }
    if (expiresAt !== null && (typeof expiresAt !== 'number' || Number.isNaN(expiresAt))) {
      return this.#malformed('expiresAt in ms since 1970, or null');
    }
    if (expiresAt !== null && expiresAt <= this.#options.clock.now()) return null;
    if ((this.#disconnectedAt.get(subject) ?? -Infinity) >= askedAt) return null;
    return { subject, expiresAt, context };
  }

  #malformed(accepted: string): null {
    const message = `authenticate() returned no identity: expected ${accepted}. The reader was refused.`;
    this.#options.onError(new TickmarkError('HANDLER_FAILED', message));
    return null;
  }

  #failed(cause: unknown): 'busy' {
    const message = 'authenticate() failed; the reader was asked to retry.';
    this.#options.onError(new TickmarkError('HANDLER_FAILED', message, { cause, retryable: true }));
    return 'busy';
  }
}
