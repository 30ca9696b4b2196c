import type { Clock, Timer } from '../clock.js';
import type { PricesHeartbeatEvent, PricesSnapshotEvent, Publication } from '../prices/price-sync-events.js';
import type { RandomSource } from '../random.js';

/** Options of {@link MissedPrices}. */
export interface MissedPricesOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Requests all prices of a publisher; `null`: of all publishers. */
  readonly request: (publisher: string | null) => void;
  /** Called when no answer has come for 5 s: newer prices may exist. */
  readonly onUnanswered: (publisher: string) => void;
}

/** What was received from a publisher. */
interface PublisherState {
  /** The highest number received. */
  last: number;
  /** From this number up to `last`, nothing is missing. */
  completeFrom: number;
  /** Since when a message is missing that no snapshot has replaced, monotonic ms; `null` while none is missing. */
  missingSince: number | null;
  /** Requests since then. */
  requests: number;
}

const RETRY_MS = 1000;
const UNANSWERED_MS = 5000;
/** After this many requests without an answer, the publisher is assumed to be gone; its successor has another name. */
const MAX_REQUESTS = 60;
const MAX_PUBLISHERS = 64;

/** Detects missed messages by their numbers, and requests all prices of the publisher until a complete snapshot has arrived. */
export class MissedPrices {
  /** How often messages were missing. */
  missed = 0;
  readonly #options: MissedPricesOptions;
  readonly #publishers = new Map<string, PublisherState>();
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(options: MissedPricesOptions) {
    this.#options = options;
  }

  /** Whether something is missing. */
  get isMissing(): boolean {
    return [...this.#publishers.values()].some(({ missingSince }) => missingSince !== null);
  }

  /** Requests the prices of every publisher once: a new subscriber has missed all earlier ones. */
  start(): void {
    this.#options.request(null);
  }

  /** A message was received. */
  received(publication: Publication | null | undefined): void {
    if (!publication) return;
    const { publisher, first, last } = publication;
    const known = this.#publishers.get(publisher) ?? this.#addPublisher(publisher);
    if (first > known.last + 1) {
      known.completeFrom = first;
      this.#markMissing(publisher, known);
    }
    known.last = Math.max(known.last, last);
  }

  /** A publisher has sent the number of its last message. */
  heartbeat({ publisher, last }: PricesHeartbeatEvent): void {
    const known = this.#publishers.get(publisher) ?? this.#addPublisher(publisher);
    if (last <= known.last) return;
    known.last = last;
    known.completeFrom = last + 1;
    this.#markMissing(publisher, known);
  }

  /** A snapshot has ended. @returns whether all its messages were received. */
  snapshot({ publisher, first, last }: PricesSnapshotEvent): boolean {
    const known = this.#publishers.get(publisher) ?? this.#addPublisher(publisher);
    if (known.completeFrom > first || known.last < last) {
      known.last = Math.max(known.last, last);
      known.completeFrom = Math.max(known.completeFrom, known.last + 1);
      this.#markMissing(publisher, known);
      return false;
    }
    known.missingSince = null;
    known.requests = 0;
    return true;
  }

  /** The bus may have lost messages of any publisher. */
  busGap(): void {
    for (const [publisher, known] of this.#publishers) {
      known.completeFrom = known.last + 1;
      this.#markMissing(publisher, known);
    }
    if (this.#publishers.size === 0) this.#options.request(null);
  }

  /** Stops requesting. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#timer = null;
  }

  #addPublisher(publisher: string): PublisherState {
    for (const [oldest] of this.#publishers) {
      if (this.#publishers.size < MAX_PUBLISHERS) break;
      this.#publishers.delete(oldest);
    }
    const known: PublisherState = { last: 0, completeFrom: 1, missingSince: null, requests: 0 };
    this.#publishers.set(publisher, known);
    return known;
  }

  #markMissing(publisher: string, known: PublisherState): void {
    if (known.missingSince !== null || this.#isStopped) return;
    known.missingSince = this.#options.clock.monotonic();
    this.missed++;
    this.#request(publisher, known);
    this.#scheduleRetry();
  }

  #request(publisher: string, known: PublisherState): void {
    known.requests++;
    this.#options.request(publisher);
  }

  #scheduleRetry(): void {
    if (this.#timer || this.#isStopped || !this.isMissing) return;
    const { clock, random } = this.#options;
    this.#timer = clock.setTimer(
      () => {
        this.#timer = null;
        this.#retry();
        this.#scheduleRetry();
      },
      RETRY_MS * (0.8 + 0.4 * random()),
    );
  }

  #retry(): void {
    const { clock, onUnanswered } = this.#options;
    for (const [publisher, known] of this.#publishers) {
      if (known.missingSince === null) continue;
      if (known.requests >= MAX_REQUESTS) this.#publishers.delete(publisher);
      else this.#request(publisher, known);
      if (clock.monotonic() - known.missingSince >= UNANSWERED_MS) onUnanswered(publisher);
    }
  }
}
