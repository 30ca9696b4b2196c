/**
 * Up to where a reader has everything: `epoch:offset`. The epoch names one life of one gateway, offsets rise within it. Also the
 * event id over server-sent events.
 */
export type StreamPosition = `${string}:${number}`;

/** A position in its parts. */
export interface StreamPositionParts {
  readonly epoch: string;
  readonly offset: number;
}

const POSITION = /^([A-Za-z0-9_-]{1,32}):(0|[1-9]\d{0,15})$/;

/** A position from its parts. */
export function positionOf(epoch: string, offset: number): StreamPosition {
  return `${epoch}:${offset}`;
}

/** The parts of a position, or `null` for a text that is none. */
export function parsePosition(text: string): StreamPositionParts | null {
  const [, epoch, offset] = POSITION.exec(text) ?? [];
  return epoch !== undefined && Number.isSafeInteger(Number(offset))
    ? { epoch, offset: Number(offset) }
    : null;
}
