/**
 * The position up to which a reader has everything: `epoch:offset`. The epoch names one life of one gateway; offsets rise within it. It is
 * the event id of server-sent events.
 */
export type StreamPosition = `${string}:${number}`;

/** The parts of a position. */
export interface StreamPositionParts {
  readonly epoch: string;
  readonly offset: number;
}

const POSITION = /^([A-Za-z0-9_-]{1,32}):(0|[1-9]\d{0,15})$/;

/** Builds a position. */
export function positionOf(epoch: string, offset: number): StreamPosition {
  return `${epoch}:${offset}`;
}

/** Parses a position; `null` for a string that is not a position. */
export function parsePosition(text: string): StreamPositionParts | null {
  const [, epoch, offset] = POSITION.exec(text) ?? [];
  return epoch !== undefined && Number.isSafeInteger(Number(offset))
    ? { epoch, offset: Number(offset) }
    : null;
}
