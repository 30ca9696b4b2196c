import type { Clock, Timer } from '../clock.js';
import type { PricesHeartbeatEvent, PricesSnapshotEvent, Publication } from '../prices/price-sync-events.js';
import type { RandomSource } from '../random.js';

/** What a {@link MissedPrices} works with. */
export interface MissedPricesOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Asks a publisher for all its prices; `null`: every publisher. */
  readonly ask: (publisher: string | null) => void;
  /** Nobody has answered for 5 s: there may be newer prices than the known ones. */
  readonly onBlind: (publisher: string) => void;
}

/** What was heard of a publisher. */
interface Heard {
  last: number;
  /** From this number on, nothing is missing up to `last`. */
  wholeFrom: number;
  /** When something was first missed that no snapshot has made good; `null` while nothing is missing. */
  missingSince: number | null;
  asked: number;
}

const RETRY_MS = 1000;
const BLIND_MS = 5000;
/** After this many questions without an answer the publisher is taken to be gone; the one that follows it has another name. */
const QUESTIONS = 60;
const MOST_PUBLISHERS = 64;

/**
 * Sees from the numbers of messages that some were missed, and asks their publisher for all prices until it has heard a whole
 * snapshot.
 */
export class MissedPrices {
  /** How often something was found to be missing. */
  missed = 0;
  readonly #with: MissedPricesOptions;
  readonly #publishers = new Map<string, Heard>();
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(options: MissedPricesOptions) {
    this.#with = options;
  }

  /** Whether something is missing. */
  get isBehind(): boolean {
    return [...this.#publishers.values()].some(({ missingSince }) => missingSince !== null);
  }

  /** Asks every publisher for its prices, once: whoever begins to listen has missed what came before. */
  start(): void {
    this.#with.ask(null);
  }

  /** A message was heard. */
  heard(publication: Publication | null | undefined): void {
    if (!publication) return;
    const { publisher, first, last } = publication;
    const known = this.#publishers.get(publisher) ?? this.#meet(publisher);
    if (first > known.last + 1) {
      known.wholeFrom = first;
      this.#isMissing(publisher, known);
    }
    known.last = Math.max(known.last, last);
  }

  /** A publisher has told its last number. */
  heartbeat({ publisher, last }: PricesHeartbeatEvent): void {
    const known = this.#publishers.get(publisher) ?? this.#meet(publisher);
    if (last <= known.last) return;
    known.last = last;
    known.wholeFrom = last + 1;
    this.#isMissing(publisher, known);
  }

  /** A snapshot has ended; it is whole if all its messages were heard. @returns whether it was. */
  snapshot({ publisher, first, last }: PricesSnapshotEvent): boolean {
    const known = this.#publishers.get(publisher) ?? this.#meet(publisher);
    if (known.wholeFrom > first || known.last < last) {
      known.last = Math.max(known.last, last);
      known.wholeFrom = Math.max(known.wholeFrom, known.last + 1);
      this.#isMissing(publisher, known);
      return false;
    }
    known.missingSince = null;
    known.asked = 0;
    return true;
  }

  /** The bus has lost messages of any publisher. */
  busGap(): void {
    for (const [publisher, known] of this.#publishers) {
      known.wholeFrom = known.last + 1;
      this.#isMissing(publisher, known);
    }
    if (this.#publishers.size === 0) this.#with.ask(null);
  }

  /** Asks no more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#timer = null;
  }

  #meet(publisher: string): Heard {
    for (const [oldest] of this.#publishers) {
      if (this.#publishers.size < MOST_PUBLISHERS) break;
      this.#publishers.delete(oldest);
    }
    const known: Heard = { last: 0, wholeFrom: 1, missingSince: null, asked: 0 };
    this.#publishers.set(publisher, known);
    return known;
  }

  #isMissing(publisher: string, known: Heard): void {
    if (known.missingSince !== null || this.#isStopped) return;
    known.missingSince = this.#with.clock.monotonic();
    this.missed++;
    this.#ask(publisher, known);
    this.#plan();
  }

  #ask(publisher: string, known: Heard): void {
    known.asked++;
    this.#with.ask(publisher);
  }

  #plan(): void {
    if (this.#timer || this.#isStopped || !this.isBehind) return;
    const { clock, random } = this.#with;
    this.#timer = clock.setTimer(
      () => {
        this.#timer = null;
        this.#askAgain();
        this.#plan();
      },
      RETRY_MS * (0.8 + 0.4 * random()),
    );
  }

  #askAgain(): void {
    const { clock, onBlind } = this.#with;
    for (const [publisher, known] of this.#publishers) {
      if (known.missingSince === null) continue;
      if (known.asked >= QUESTIONS) this.#publishers.delete(publisher);
      else this.#ask(publisher, known);
      if (clock.monotonic() - known.missingSince >= BLIND_MS) onBlind(publisher);
    }
  }
}
