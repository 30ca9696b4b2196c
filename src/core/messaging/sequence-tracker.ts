import type { MessageOrigin } from './event-envelope.js';

/** Messages missing before a message. */
export interface SequenceGap {
  /** Number of earlier messages of the same publisher and type that never arrived. */
  readonly missed: number;
  /** When the last message before them arrived, ms since 1970. */
  readonly since: number;
}

interface LastMessage {
  sequence: number;
  seenAt: number;
}

// Bounded, because publishers come and go, and a hostile one may use many names.
const MAX_TRACKED = 10_000;
const NO_GAP: SequenceGap = { missed: 0, since: 0 };

/** Tracks the sequence numbers of publishers, so that missing messages are noticed. */
export class SequenceTracker {
  readonly #known = new Map<string, LastMessage>();

  /** Whether a message of a type, or a later one of its publisher, was recorded before. */
  isRepeated(type: string, { source, sequence }: MessageOrigin): boolean {
    return sequence !== null && sequence <= (this.#known.get(keyOf(type, source))?.sequence ?? 0);
  }

  /** Records a message of a type. @returns The gap before it; none before the first message of a publisher. */
  record(type: string, { source, sequence }: MessageOrigin, now: number): SequenceGap {
    if (sequence === null) return NO_GAP;
    const key = keyOf(type, source);
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

function keyOf(type: string, source: string): string {
  return `${source.length}:${source}${type}`;
}
