import { BoundedCalls, type Clock } from '../core/clock.js';
import { TickmarkError } from '../core/errors.js';
import type { RefusalReason } from '../protocol/server-messages.js';
import type { TopicParts } from '../protocol/topic.js';
import type { GatewayCounts } from './gateway-counts.js';
import type { Authorization, GatewayOptions } from './gateway-options.js';
import { isPromise } from './is-promise.js';

/** What a reader may have, and until when without asking again (ms since 1970; `null`: always); or why not. */
export type Verdict = { readonly expiresAt: number | null } | RefusalReason;

/** What an {@link Authorizer} works with. */
export interface AuthorizerOptions extends Pick<GatewayOptions, 'authorize' | 'authorizePrice'> {
  readonly clock: Clock;
  /** How long an answer may take, ms. */
  readonly timeoutMs: number;
  readonly counts: GatewayCounts;
  readonly onError: (error: TickmarkError) => void;
}

/** Asks the application who may see what. Whatever is no clear yes is a no. */
export class Authorizer {
  readonly #with: AuthorizerOptions;
  readonly #calls: BoundedCalls;

  constructor(options: AuthorizerOptions) {
    this.#with = options;
    this.#calls = new BoundedCalls(options.clock, options.timeoutMs);
  }

  /** Asks about one topic; the verdict is there at once where the answer is. Never throws, never rejects. */
  ask(request: Request, { kind, id }: TopicParts): Verdict | Promise<Verdict> {
    const { authorize, authorizePrice, counts } = this.#with;
    const ask = kind === 'price' ? authorizePrice : authorize;
    if (!ask) return 'unsupported';
    counts.asked++;
    try {
      const answer = ask(request, id);
      if (!isPromise(answer)) return this.#judged(answer);
      return this.#calls
        .run('Authorising', async () => answer)
        .then(
          (each) => this.#judged(each),
          (cause: unknown) => this.#failed(cause),
        );
    } catch (cause) {
      return this.#failed(cause);
    }
  }

  /** Waits for no answer any longer: all that are under way are `busy`. */
  stop(): void {
    this.#calls.abandon(new TickmarkError('CLOSED', 'This Gateway is closed.'));
  }

  #judged(answer: Authorization): Verdict {
    const verdict = this.#verdict(answer);
    if (verdict === 'denied') this.#with.counts.denied++;
    return verdict;
  }

  #failed(cause: unknown): Verdict {
    const { counts, onError } = this.#with;
    counts.failed++;
    onError(
      new TickmarkError('HANDLER_FAILED', 'authorize() failed; the reader was told to try again.', {
        cause,
        retryable: true,
      }),
    );
    return 'busy';
  }

  #verdict(answer: Authorization): Verdict {
    if (answer === true) return { expiresAt: null };
    if (typeof answer !== 'object' || answer === null) return 'denied';
    const { expiresAt } = answer;
    // Also keeps out NaN, and a Date or text that would compare as a number.
    return typeof expiresAt === 'number' && expiresAt > this.#with.clock.now() ? { expiresAt } : 'denied';
  }
}
