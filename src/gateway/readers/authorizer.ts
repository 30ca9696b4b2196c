import { BoundedCalls, type Clock } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { RefusalReason } from '../../protocol/server-messages.js';
import { topicOf, type TopicParts } from '../../protocol/topic.js';
import type { Identity } from '../admission/authenticator.js';
import type { GatewayCounts } from '../gateway-counts.js';
import type { Authorization, GatewayOptions } from '../gateway-options.js';
import { isPromise } from '../is-promise.js';

/** A grant, which is checked again at `expiresAt` (ms since 1970; `null`: never); or why there is none. */
export type Verdict = { readonly expiresAt: number | null } | RefusalReason;

/** What an {@link Authorizer} works with. */
export interface AuthorizerOptions extends Pick<GatewayOptions, 'authorize' | 'knowsSymbol'> {
  readonly serve: ReadonlySet<string>;
  readonly clock: Clock;
  /** How long an answer may take, ms. */
  readonly timeoutMs: number;
  readonly counts: GatewayCounts;
  readonly onError: (error: TickmarkError) => void;
  /** The application has denied a topic. */
  readonly onDenied: (subject: string, topic: TopicParts) => void;
}

/** How long a denial is cached, ms. A reader that keeps asking costs the application one call per second for each topic. */
const DENIAL_MS = 1000;
/** Cached denials. With more, the oldest one is dropped. */
const MAX_DENIALS = 10_000;

/** Asks the application who may see what. An answer that is not a clear yes is a no. Only denials are cached. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #calls: BoundedCalls;
  /** Until when a subject is denied a topic, on the monotonic clock; the oldest denial first. */
  readonly #denials = new Map<string, number>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, options.timeoutMs);
  }

  /** Asks about one topic; at once if the application answers at once. Never throws, never rejects. */
  ask({ subject, expiresAt, context }: Identity, topic: TopicParts): Verdict | Promise<Verdict> {
    const { authorize, serve, knowsSymbol, counts } = this.#options;
    const { kind, id } = topic;
    if (!serve.has(kind)) return 'unsupported';
    if (this.#isDenied(subject, topic)) {
      counts.remembered++;
      return 'denied';
    }
    try {
      if (kind === 'price' && knowsSymbol && knowsSymbol(id) !== true) return 'denied';
      counts.asked++;
      const answer = authorize(subject, { kind, id }, context);
      if (!isPromise(answer)) return this.#onAnswer(answer, subject, topic, expiresAt);
      return this.#calls
        .run('Authorising', async () => answer)
        .then(
          (each) => this.#onAnswer(each, subject, topic, expiresAt),
          (cause: unknown) => this.#failed(cause),
        );
    } catch (cause) {
      return this.#failed(cause);
    }
  }

  /** Drops denials that are over. */
  sweep(): void {
    const now = this.#options.clock.monotonic();
    for (const [key, until] of this.#denials) {
      if (until > now) return;
      this.#denials.delete(key);
    }
  }

  /** Waits for no answer any longer: all calls in progress end as `busy`. */
  stop(): void {
    this.#calls.abandon(new TickmarkError('CLOSED', 'This Gateway is closed.'));
  }

  #isDenied(subject: string, { kind, id }: TopicParts): boolean {
    if (this.#denials.size === 0) return false;
    const until = this.#denials.get(denialKey(subject, kind, id));
    return until !== undefined && until > this.#options.clock.monotonic();
  }

  #onAnswer(
    answer: Authorization,
    subject: string,
    topic: TopicParts,
    identityExpiresAt: number | null,
  ): Verdict {
    const verdict = this.#verdict(answer, identityExpiresAt);
    if (verdict !== 'denied') return verdict;
    this.#options.counts.denied++;
    const key = denialKey(subject, topic.kind, topic.id);
    this.#denials.delete(key);
    this.#denials.set(key, this.#options.clock.monotonic() + DENIAL_MS);
    if (this.#denials.size > MAX_DENIALS) this.#denials.delete(this.#denials.keys().next().value!);
    this.#options.onDenied(subject, topic);
    return verdict;
  }

  #failed(cause: unknown): Verdict {
    const { counts, onError } = this.#options;
    counts.failed++;
    const message = 'authorize() failed; the reader was asked to retry.';
    onError(new TickmarkError('HANDLER_FAILED', message, { cause, retryable: true }));
    return 'busy';
  }

  // No grant outlives the credentials that it is based on.
  #verdict(answer: Authorization, identityExpiresAt: number | null): Verdict {
    if (answer === true) return { expiresAt: identityExpiresAt };
    if (typeof answer !== 'object' || answer === null) return 'denied';
    const { expiresAt } = answer;
    // Also rejects NaN, and a Date or string, which would compare as a number.
    if (typeof expiresAt !== 'number' || !(expiresAt > this.#options.clock.now())) return 'denied';
    return { expiresAt: Math.min(expiresAt, identityExpiresAt ?? Infinity) };
  }
}

function denialKey(subject: string, kind: string, id: string): string {
  return JSON.stringify([subject, topicOf(kind, id)]);
}
