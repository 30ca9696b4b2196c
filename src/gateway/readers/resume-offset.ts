import type { StreamPositionParts } from '../../protocol/stream-position.js';
import type { Topic } from '../../protocol/topic.js';

/** Offset up to which a reader has the value of a topic; `null`: it has none that counts. */
export type ResumeOffsets = (key: Topic) => number | null;

/** What a reader has that is at a position: everything of this epoch up to it, and nothing of another. */
export function resumeOffset(
  position: StreamPositionParts | null,
  gateway: { readonly epoch: string; offset(): number },
  added: ReadonlySet<Topic> = new Set(),
): ResumeOffsets {
  const isOfHere =
    position !== null && position.epoch === gateway.epoch && position.offset <= gateway.offset();
  return (key) => (isOfHere && !added.has(key) ? position.offset : null);
}
