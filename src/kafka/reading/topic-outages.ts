import type { Clock } from '../../core/clock.js';
import type { SequenceGap } from '../../core/messaging/sequence-tracker.js';
import type { ConsumerOutages } from '../../kafka-client/consumer-group-session-options.js';

/** A time in which events may have been lost. */
export interface LossWindow {
  /** ms since 1970. */
  readonly from: number;
  /** ms since 1970. */
  readonly to: number;
  /** `null` if unknown. */
  readonly lost: number | null;
}

/** What {@link TopicOutages} needs. */
export interface TopicOutagesOptions {
  readonly clock: Clock;
  readonly announce: (window: LossWindow) => void;
}

/**
 * Announces when events of a topic may have been lost. A break alone loses nothing, since reading resumes where it stopped: it only joins what
 * is lost meanwhile into one announcement.
 */
export class TopicOutages implements ConsumerOutages {
  readonly #options: TopicOutagesOptions;
  #seenAt: number;
  #brokenSince: number | null = null;
  #missingSince: number | null = null;
  #hasLost = false;

  constructor(options: TopicOutagesOptions) {
    this.#options = options;
    this.#seenAt = options.clock.now();
  }

  seen(): void {
    this.#seenAt = this.#options.clock.now();
  }

  /** Records may be missing since `at`, ms since 1970: the end of the next break announces it. */
  missingSince(at: number): void {
    this.#missingSince = Math.min(at, this.#missingSince ?? at);
  }

  begin(): void {
    this.#brokenSince ??= this.#seenAt;
  }

  /** Events arrive again. Does nothing if nothing was broken. */
  end(): void {
    if (this.#brokenSince === null) return;
    const from = Math.min(this.#brokenSince, this.#missingSince ?? this.#brokenSince);
    const isLoss = this.#hasLost || this.#missingSince !== null;
    this.#brokenSince = null;
    this.#missingSince = null;
    this.#hasLost = false;
    this.seen();
    if (isLoss) this.#announce(from, null);
  }

  /** Records were deleted unread, or the topic was made anew. */
  lost(): void {
    if (this.#brokenSince !== null) this.#hasLost = true;
    else this.#announce(this.#seenAt, null);
  }

  /** Numbers of a publisher are missing. */
  missed({ missed, since }: SequenceGap): void {
    this.#announce(since, missed);
  }

  #announce(from: number, lost: number | null): void {
    const { clock, announce } = this.#options;
    announce({ from, to: clock.now(), lost });
  }
}
