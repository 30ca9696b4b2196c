import type { StreamStatus } from '../../core/streams/price-stream-adapter.js';
import type { PriceStreamGap } from '../../core/prices/price-stream-gap.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { ReadingOptions } from './reading-options.js';

/** Result for a line without a price: `control` if the line is valid, `rejected` if it cannot be decoded. */
export interface LineNote {
  readonly type: 'control' | 'rejected';
  /** Name under which it is counted, such as `header` or `bad-price`. */
  readonly name: string;
}

/** A change of status of the recorded price stream. */
export interface RecordedStatus {
  readonly type: 'status';
  /** When, ms since 1970. */
  readonly at: number;
  readonly status: StreamStatus;
}

/** A message of a recording. */
export type RecordedMessage = PriceUpdate | PriceStreamGap | RecordedStatus;

/** Result of decoding a line: messages in order, or a note that gives why there is none. */
export type DecodedLine = RecordedMessage | readonly RecordedMessage[] | LineNote;

/** Decodes the lines of one file, in order; it may keep state between lines. Lines have no line break and are not blank. */
export type LineDecoder = (line: string) => DecodedLine;

/** A file that is about to be read; in a zip archive, each file in it. */
export interface RecordedFile {
  /** Name without folders, and without `.gz`. */
  readonly name: string;
  /** Path as it was given; in a zip archive, the path of the archive and of the file in it. */
  readonly path: string;
  /** First line that is not blank. */
  readonly firstLine: string;
  /** How the caller says to read it. */
  readonly options: ReadingOptions;
  /** Says what the rows do not: a symbol from the name of the file, a unit of times from their size. It is in `stats().files`, once. */
  readonly assume: (what: string) => void;
}

/**
 * A format of recorded files. Write one for files of your own.
 *
 * @example
 * ```ts
 * import { ReplayPriceStreamAdapter, rejectedLine, type RecordingFormat } from 'tickmark/replay';
 *
 * const MALFORMED = rejectedLine('malformed-line');
 *
 * // ACME 101.25 1760000000000
 * const words: RecordingFormat = {
 *   name: 'words',
 *   detect: ({ name }) => name.endsWith('.words'),
 *   decoder: () => (line) => {
 *     const [symbol, price, time] = line.split(' ');
 *     if (!symbol || !price || !time) return MALFORMED;
 *     return { symbol, price, timestamp: Number(time), receivedAt: Number(time) };
 *   },
 * };
 * const stream = new ReplayPriceStreamAdapter({ files: 'today.words', format: words });
 * ```
 */
export interface RecordingFormat {
  /** Name for messages. */
  readonly name: string;
  /** Whether a file has this format. */
  detect(file: RecordedFile): boolean;
  /**
   * Makes the decoder of one file, whose first call gets the first line. The decoder returns a {@link rejectedLine} for a line that it cannot decode; if it
   * throws, the line is counted as `decoder-threw`.
   * @throws TickmarkError `MALFORMED_INPUT` if the format needs something that the file does not have, such as a symbol in its name.
   */
  decoder(file: RecordedFile): LineDecoder;
  /** Whether a gzip file may be truncated, as after a crash of the recorder. Default `false`: a truncated file is an error. */
  readonly mayBeTruncated?: boolean;
  /** The options that the format heeds; another one that is given is an error. Default: all. */
  readonly heeds?: ReadonlyArray<keyof ReadingOptions>;
}

/**
 * A note for a valid line without a price. Create it once, not for each line.
 *
 * @example
 * ```ts
 * import { controlLine, type LineDecoder } from 'tickmark/replay';
 *
 * const COMMENT = controlLine('comment');
 *
 * const decode: LineDecoder = (line) => {
 *   if (line.startsWith('#')) return COMMENT;
 *   const [symbol = '', price = '', time] = line.split(' ');
 *   return { symbol, price, timestamp: Number(time) };
 * };
 * ```
 */
export function controlLine(name: string): LineNote {
  return { type: 'control', name };
}

/**
 * A note for a line that cannot be decoded. Create it once, not for each line.
 *
 * @example
 * ```ts
 * import { rejectedLine, type LineDecoder } from 'tickmark/replay';
 *
 * const NO_PRICE = rejectedLine('no-price');
 *
 * const decode: LineDecoder = (line) => {
 *   const [symbol = '', price, time] = line.split(' ');
 *   return price ? { symbol, price, timestamp: Number(time) } : NO_PRICE;
 * };
 * ```
 */
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
