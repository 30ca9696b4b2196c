import { TickmarkError } from '../../core/errors.js';
import { acceptedFormats, BUILT_IN_FORMATS } from './built-in-formats.js';
import { LineSplitter, type Line } from './line-splitter.js';
import { isSession } from './formats/session.js';
import { LineCounter } from './line-counter.js';
import { RecordingFile } from './recording-file.js';
import {
  controlLine,
  isNote,
  isPrice,
  rejectedLine,
  type LineDecoder,
  type RecordedMessage,
  type RecordingFormat,
} from './recording-format.js';

/** Longest line that is decoded, in bytes; a longer one is rejected as `line-too-long`. */
export const MAX_LINE_BYTES = 1024 * 1024;

const BLANK = controlLine('blank');
const TOO_LONG = rejectedLine('line-too-long');
const DECODER_THREW = rejectedLine('decoder-threw');
const UNFINISHED = rejectedLine('unfinished-line');
const TRUNCATED = rejectedLine('file-cut-off');
const NOTES = { gap: controlLine('gap'), status: controlLine('status') };
const BYTE_ORDER_MARK = '\uFEFF';

/** Reads the messages of one recorded file, in constant memory, at the pace of its caller. */
export class RecordingReader {
  readonly file: RecordingFile;
  readonly #format: RecordingFormat | 'auto';
  readonly #counter: LineCounter;
  #chosen: RecordingFormat | undefined;
  #decode: LineDecoder | undefined;
  #isFirst = true;

  private constructor(file: RecordingFile, format: RecordingFormat | 'auto', counter: LineCounter) {
    this.file = file;
    this.#format = format;
    this.#counter = counter;
  }

  /** Opens a file. @throws TickmarkError `STREAM_FAILED` if the file is missing or cannot be read. */
  static async open(
    path: string,
    format: RecordingFormat | 'auto',
    counter: LineCounter,
  ): Promise<RecordingReader> {
    return new RecordingReader(await RecordingFile.open(path, acceptedFormats()), format, counter);
  }

  /**
   * Reads up to the first line that is not blank, to check the format. Resolves with the size of the file in bytes.
   * @throws TickmarkError as `open()` and `batches()` do.
   */
  static async check(path: string, format: RecordingFormat | 'auto', signal: AbortSignal): Promise<number> {
    const reader = await RecordingReader.open(path, format, new LineCounter());
    for await (const _ of reader.batches(signal)) if (reader.#decode) break;
    return reader.file.size;
  }

  /**
   * The messages of the file, a chunk at a time; a batch may be empty.
   * @throws TickmarkError `STREAM_FAILED` if the file cannot be read to its end; `MALFORMED_INPUT` if its format is not detected.
   */
  async *batches(signal?: AbortSignal): AsyncGenerator<readonly RecordedMessage[], void, undefined> {
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    try {
      for await (const chunk of this.file.chunks(signal)) yield this.#decodeAll(splitter.split(chunk));
    } catch (error) {
      if (!this.#chosen?.mayBeTruncated || !isTruncation(error)) throw error;
      this.#counter.note(TRUNCATED);
    }
    if (!signal?.aborted) yield this.#decodeAll(splitter.end(), true);
  }

  /**
   * The messages of the file, and those that are appended. `pause()` is called at the end of the file, and ends the iteration by rejecting.
   * @throws TickmarkError as `batches()`; the rejection of `pause()`.
   */
  async *growingBatches(
    pause: () => Promise<void>,
  ): AsyncGenerator<readonly RecordedMessage[], void, undefined> {
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    for await (const chunk of this.file.growingChunks(pause)) yield this.#decodeAll(splitter.split(chunk));
  }

  #decodeAll(lines: readonly Line[], isUnfinished = false): RecordedMessage[] {
    const messages: RecordedMessage[] = [];
    for (const line of lines) this.#read(line, messages, isUnfinished);
    return messages;
  }

  #read(given: Line, messages: RecordedMessage[], isUnfinished: boolean): void {
    const line = this.#isFirst && given?.startsWith(BYTE_ORDER_MARK) ? given.slice(1) : given;
    this.#isFirst = false;
    if (line === null) return this.#counter.note(TOO_LONG);
    if (line === '' || line.trim() === '') return this.#counter.note(BLANK);
    this.#decode ??= (this.#chosen = this.#formatOf(line)).decoder(this.file.name);
    const decoded = this.#decodeSafely(this.#decode, line);
    // The program that wrote the file was stopped in the middle of the last line.
    if (isNote(decoded))
      return this.#counter.note(isUnfinished && decoded.type === 'rejected' ? UNFINISHED : decoded);
    if (Array.isArray(decoded)) {
      this.#counter.price();
      for (const each of decoded as readonly RecordedMessage[]) messages.push(each);
      return;
    }
    const message = decoded as RecordedMessage;
    if (isPrice(message)) this.#counter.price();
    else this.#counter.note(NOTES[message.type]);
    messages.push(message);
  }

  #decodeSafely(decode: LineDecoder, line: string): ReturnType<LineDecoder> {
    try {
      return decode(line);
    } catch {
      return DECODER_THREW;
    }
  }

  #formatOf(firstLine: string): RecordingFormat {
    if (this.#format !== 'auto') return this.#format;
    for (const format of BUILT_IN_FORMATS) if (format.detect(firstLine, this.file.name)) return format;
    throw new TickmarkError(
      'MALFORMED_INPUT',
      `Recorded file ${JSON.stringify(this.file.path)} has an unknown format. Accepted are ${acceptedFormats()}. ` +
        (isSession(firstLine)
          ? 'It is a recorded session: set the option format to sessionRecording(venue).'
          : 'Set the option format to one of these, or to a RecordingFormat of your own.'),
    );
  }
}

function isTruncation(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === 'Z_BUF_ERROR';
}
