import type { MessageOrigin } from '../../core/messaging/event-codec.js';

/** What a message's number says. */
export interface SequenceNews {
  /** Messages of the same publisher and type that were sent before it and never came. */
  readonly missed: number;
  /** When the last one before them came, ms since 1970. */
  readonly since: number;
}

interface Known {
  sequence: number;
  seenAt: number;
}

// Publishers come and go, and a hostile one may use many names.
const MOST_KNOWN = 10_000;
const NOTHING: SequenceNews = { missed: 0, since: 0 };

/** Follows the numbers that publishers give to their messages, so that a message that never came is noticed. */
export class PublisherSequences {
  readonly #known = new Map<string, Known>();

  /** Notes a message of a type; says what is missing before it. The first of a publisher says nothing. */
  note(type: string, { source, sequence }: MessageOrigin, now: number): SequenceNews {
    if (sequence === null) return NOTHING;
    const key = `${source.length}:${source}${type}`;
    const known = this.#known.get(key);
    if (!known) {
      if (this.#known.size >= MOST_KNOWN) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(key, { sequence, seenAt: now });
      return NOTHING;
    }
    const news = { missed: Math.max(0, sequence - known.sequence - 1), since: known.seenAt };
    known.sequence = Math.max(known.sequence, sequence);
    known.seenAt = now;
    return news;
  }
}
