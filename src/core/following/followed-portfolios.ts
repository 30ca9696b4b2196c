import type { Clock } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import { BUS_GAP, type EventBus } from '../messaging/event-bus.js';
import type { EventIds } from '../messaging/event-ids.js';
import type { Unsubscribe } from '../unsubscribe.js';
import { PORTFOLIOS_FOLLOWED, checkedFollowed, type PortfoliosFollowedEvent } from './followed-events.js';

/** What {@link FollowedPortfolios} works with. */
export interface FollowedPortfoliosOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly ids: EventIds;
  /** Called with portfolios that nobody followed before: their values are wanted now. */
  readonly onFollowed: (portfolioIds: readonly string[]) => void;
  readonly onError: (error: TickmarkError) => void;
}

const SWEEP_MS = 60_000;

/** Which portfolios somebody follows, as {@link PortfolioFollower}s say on the bus. */
export class FollowedPortfolios {
  readonly #options: FollowedPortfoliosOptions;
  /** Until when each is followed, monotonic ms. */
  readonly #until = new Map<string, number>();
  readonly #reported = new Set<string>();
  #unsubscribes: readonly Unsubscribe[] = [];
  #sweptAt = 0;

  constructor(options: FollowedPortfoliosOptions) {
    this.#options = options;
  }

  /** Number of portfolios that are followed, or were until a moment ago. */
  get size(): number {
    return this.#until.size;
  }

  /** Listens from now on, and asks who follows what. */
  start(): void {
    const { bus } = this.#options;
    this.#unsubscribes = [
      bus.subscribe(PORTFOLIOS_FOLLOWED, (event) => this.#take(event)),
      bus.subscribe(BUS_GAP, ({ types }) => {
        if (types.includes(PORTFOLIOS_FOLLOWED)) this.#request();
      }),
    ];
    this.#request();
  }

  /** Listens no longer. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#unsubscribes = [];
  }

  /** Whether somebody follows a portfolio. */
  has(portfolioId: string): boolean {
    const until = this.#until.get(portfolioId);
    return until !== undefined && until > this.#options.clock.monotonic();
  }

  #take(event: PortfoliosFollowedEvent): void {
    let followed;
    try {
      followed = checkedFollowed(event);
    } catch (error) {
      const { message } = error as TickmarkError;
      if (!this.#reported.has(message)) this.#options.onError(error as TickmarkError);
      this.#reported.add(message);
      return;
    }
    const now = this.#options.clock.monotonic();
    const fresh = followed.portfolioIds.filter((id) => !this.has(id));
    for (const id of followed.portfolioIds) {
      this.#until.set(id, Math.max(this.#until.get(id) ?? 0, now + followed.expiresInMs));
    }
    this.#sweep(now);
    if (fresh.length > 0) this.#options.onFollowed([...new Set(fresh)]);
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    for (const [id, until] of this.#until) if (until <= now) this.#until.delete(id);
  }

  // Without an answer, followers say it at their next renewal.
  #request(): void {
    const { bus, clock, ids } = this.#options;
    const id = ids.next();
    void Promise.resolve(
      bus.publish({ type: 'tickmark.followers.requested', id, occurredAt: clock.now() }),
    ).catch(() => undefined);
  }
}
