import type { StreamStatus } from '../../core/streams/price-stream-adapter.js';
import type { PriceStreamGap } from '../../core/prices/price-stream-gap.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';

/** A line that is no price: one that belongs there (`control`), or one that cannot be read (`rejected`). */
export interface LineNote {
  readonly type: 'control' | 'rejected';
  /** What it is counted as, such as `header` or `bad-price`. */
  readonly name: string;
}

/** A change of status of the stream that was recorded. */
export interface RecordedStatus {
  readonly type: 'status';
  /** When, ms since 1970. */
  readonly at: number;
  readonly status: StreamStatus;
}

/** What a recording is made of, in the order of the file. */
export type RecordedMessage = PriceUpdate | PriceStreamGap | RecordedStatus;

/** What a line of a recording comes to: messages, in order, or a note that says why there is none. */
export type DecodedLine = RecordedMessage | readonly RecordedMessage[] | LineNote;

/** Reads the lines of one file, in order; may keep state from line to line. A line has no line break and is not empty. */
export type LineDecoder = (line: string) => DecodedLine;

/** How a recorded file is written. Write one for files of your own. */
export interface RecordingFormat {
  /** Shown in messages and counters. */
  readonly name: string;
  /** Whether a file is of this format, by its first line that is not blank and its name without folders. */
  detect(firstLine: string, fileName: string): boolean;
  /**
   * A decoder for one file; it must not throw, but return a {@link rejectedLine} note for a line it cannot read.
   * @throws TickmarkError `MALFORMED_INPUT` when the file's name does not tell what it must.
   */
  decoder(fileName: string): LineDecoder;
  /** Whether a gzip file may end in the middle, as one of a recorder that was killed. Default `false`: that is an error. */
  readonly mayBeTruncated?: boolean;
}

/** A note for a line that belongs there and carries no price. Make it once, not per line. */
export function controlLine(name: string): LineNote {
  return { type: 'control', name };
}

/** A note for a line that cannot be read. Make it once, not per line. */
export function rejectedLine(name: string): LineNote {
  return { type: 'rejected', name };
}

/** Whether a recorded message is a price. */
export function isPrice(message: RecordedMessage): message is PriceUpdate {
  const { type } = message as { readonly type?: unknown };
  return type !== 'gap' && type !== 'status';
}

/** Whether a decoded line is a note. */
export function isNote(decoded: DecodedLine): decoded is LineNote {
  const { type } = decoded as { type?: unknown };
  return type === 'control' || type === 'rejected';
}
