import type { StreamPositionParts } from '../../protocol/stream-position.js';
import type { Topic } from '../../protocol/topic.js';

/** Offset of the value that a reader has of a topic; `null`: none that is usable. */
export type ResumeOffsets = (key: Topic) => number | null;

/**
 * What a reader has at a position: all values of this epoch up to the position, and none of another epoch.
 * @param added Topics of which the reader has no value.
 */
export function resumeOffset(
  position: StreamPositionParts | null,
  gateway: { readonly epoch: string; offset(): number },
  added: ReadonlySet<Topic> = new Set(),
): ResumeOffsets {
  const isOfHere =
    position !== null && position.epoch === gateway.epoch && position.offset <= gateway.offset();
  return (key) => (isOfHere && !added.has(key) ? position.offset : null);
}
