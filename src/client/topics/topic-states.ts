import { timerDelay, type Clock, type Timer } from '../../core/clock.js';
import type { RandomSource } from '../../core/random.js';
import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';
import type { Topic } from '../../protocol/topic.js';

/**
 * Where a topic is, from the first subscriber to the last:
 * - `wanted`: to be asked for;
 * - `requested`: the connection was asked for it, and has not answered;
 * - `live`: granted, so that its values come;
 * - `waiting`: refused for now, and asked for again at `retryAt`;
 * - `ended`: refused until something changes: room for another topic, or `reconnect()`.
 *
 * PROTOCOL.md draws the transitions.
 */
export type TopicPhase = 'wanted' | 'requested' | 'live' | 'waiting' | 'ended';

interface TopicState {
  phase: TopicPhase;
  /** Why it waits or has ended. */
  reason: RefusalReason | EndReason | null;
  /** When it is asked for again, on the monotonic clock. */
  retryAt: number;
  /** Refusals since it was last granted. */
  refusals: number;
}

/** Greatest wait before a topic is asked for again: what is busy, and what may be created or granted later. */
const BUSY_MS = 1000;
const ABSENT_MS = 5000;
const LONGEST_MS = 60_000;

/**
 * The topics that a page wants, each with its state on the current connection. They are gone through by `forEach`: while a page opens, its code
 * is not compiled yet, and an iterator takes ten times as long.
 */
export class TopicStates {
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #onRetry: () => void;
  #timer: Timer | undefined;
  readonly #topics = new Map<Topic, TopicState>();
  /** Topics that the connection still has, and nobody wants. */
  readonly #surplus = new Set<Topic>();

  /** @param onRetry Called when topics that have waited are wanted again. */
  constructor(clock: Clock, random: RandomSource, onRetry: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#onRetry = onRetry;
  }

  /** Replaces the wanted topics. */
  want(topics: ReadonlySet<Topic>): void {
    let isRoom = false;
    this.#topics.forEach(({ phase }, topic) => {
      if (topics.has(topic)) return;
      this.#topics.delete(topic);
      if (phase !== 'requested' && phase !== 'live') return;
      this.#surplus.add(topic);
      isRoom = true;
    });
    for (const topic of topics)
      if (!this.#topics.has(topic))
        this.#topics.set(topic, { phase: 'wanted', reason: null, retryAt: 0, refusals: 0 });
    if (isRoom) this.#again(({ phase, reason }) => phase === 'ended' && reason === 'limit');
  }

  /** Topics to ask for. */
  get toRequest(): Topic[] {
    return this.#in('wanted');
  }

  /** Topics to give back. One that is wanted again is asked for anew instead. */
  get toRelease(): Topic[] {
    return [...this.#surplus].filter((topic) => !this.#topics.has(topic));
  }

  /** Topics that a new connection is asked for. */
  get due(): Topic[] {
    return this.#in('wanted', 'requested', 'live');
  }

  /** Whether there are such topics. */
  get isAnyDue(): boolean {
    return this.due.length > 0;
  }

  /** When the first topic that waits is asked for again, on the monotonic clock. `Infinity`: none waits. */
  get retryAt(): number {
    let first = Infinity;
    this.#topics.forEach(({ phase, retryAt }) => {
      if (phase === 'waiting') first = Math.min(first, retryAt);
    });
    return first;
  }

  /** The connection was asked for topics. */
  requested(topics: readonly Topic[]): void {
    for (const topic of topics) {
      this.#topics.get(topic)!.phase = 'requested';
      this.#surplus.delete(topic);
    }
  }

  /** The surplus was given back. */
  released(): void {
    this.#surplus.clear();
  }

  /** Topics were granted. */
  granted(topics: readonly Topic[]): void {
    for (const topic of topics) {
      const state = this.#topics.get(topic);
      if (state && state.phase !== 'wanted')
        Object.assign(state, { phase: 'live', reason: null, refusals: 0 } satisfies Partial<TopicState>);
    }
  }

  /** A topic was refused, or has ended. @returns Whether it is wanted. */
  refused(topic: Topic, reason: RefusalReason | EndReason): boolean {
    this.#surplus.delete(topic);
    const state = this.#topics.get(topic);
    if (!state) return false;
    const isFinal = reason === 'limit' || reason === 'unsupported';
    const longest = reason === 'busy' ? BUSY_MS : Math.min(LONGEST_MS, ABSENT_MS * 2 ** state.refusals);
    state.retryAt = this.#clock.monotonic() + longest * (1 + this.#random());
    state.phase = isFinal ? 'ended' : 'waiting';
    state.reason = reason;
    state.refusals++;
    return true;
  }

  /** The requests that are not answered did not arrive. */
  unanswered(): void {
    this.#again(({ phase }) => phase === 'requested');
  }

  /** The connection is over. */
  disconnected(): void {
    this.#surplus.clear();
    this.#again(({ phase }) => phase === 'requested' || phase === 'live');
  }

  /** Watches for when topics have waited long enough, until `pause()`. */
  watch(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    const { retryAt } = this;
    if (retryAt === Infinity) return;
    const delayMs = Math.max(0, retryAt - this.#clock.monotonic());
    this.#timer = this.#clock.setTimer(() => {
      const now = this.#clock.monotonic();
      this.#again(({ phase, retryAt: at }) => phase === 'waiting' && at <= now);
      this.watch();
      this.#onRetry();
    }, timerDelay(delayMs));
  }

  /** Asks for nothing again until `watch()`. */
  pause(): void {
    this.#timer?.clear();
  }

  /** Nothing more is asked for: the reader or the address is refused as a whole. */
  giveUp(): void {
    this.#topics.forEach((state) => {
      if (state.phase !== 'waiting') Object.assign(state, { phase: 'ended', reason: null });
    });
  }

  /** What was given up as a whole is asked for again. */
  resume(): void {
    this.#again(({ phase, reason }) => phase === 'ended' && reason === null);
  }

  /** All topics are asked for again, whatever was refused before. */
  reset(): void {
    this.#again(() => true);
  }

  #again(which: (state: TopicState) => boolean): void {
    this.#topics.forEach((state) => {
      if (which(state)) state.phase = 'wanted';
    });
  }

  #in(...phases: TopicPhase[]): Topic[] {
    const found: Topic[] = [];
    this.#topics.forEach(({ phase }, topic) => {
      if (phases.includes(phase)) found.push(topic);
    });
    return found;
  }
}
