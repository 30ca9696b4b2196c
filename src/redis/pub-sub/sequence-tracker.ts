import type { MessageOrigin } from '../../core/messaging/event-codec.js';

/** What a message's number says. */
export interface SequenceGap {
  /** Messages of the same publisher and type that were sent before it and never came. */
  readonly missed: number;
  /** When the last one before them came, ms since 1970. */
  readonly since: number;
}

interface LastMessage {
  sequence: number;
  seenAt: number;
}

// Publishers come and go, and a hostile one may use many names.
const MAX_TRACKED = 10_000;
const NO_GAP: SequenceGap = { missed: 0, since: 0 };

/** Follows the numbers that publishers give to their messages, so that a message that never came is noticed. */
export class SequenceTracker {
  readonly #known = new Map<string, LastMessage>();

  /** Notes a message of a type; says what is missing before it. The first of a publisher says nothing. */
  record(type: string, { source, sequence }: MessageOrigin, now: number): SequenceGap {
    if (sequence === null) return NO_GAP;
    const key = `${source.length}:${source}${type}`;
    const known = this.#known.get(key);
    if (!known) {
      if (this.#known.size >= MAX_TRACKED) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(key, { sequence, seenAt: now });
      return NO_GAP;
    }
    const news = { missed: Math.max(0, sequence - known.sequence - 1), since: known.seenAt };
    known.sequence = Math.max(known.sequence, sequence);
    known.seenAt = now;
    return news;
  }
}
