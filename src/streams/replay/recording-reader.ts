import { basename } from 'node:path';
import { acceptedFormats, chosenFormat } from './built-in-formats.js';
import { LineSplitter, type Line } from './files/line-splitter.js';
import { LineCounter } from './line-counter.js';
import { RecordingFile } from './files/recording-file.js';
import type { ReadingOptions } from './reading-options.js';
import {
  controlLine,
  isNote,
  isPrice,
  rejectedLine,
  type LineDecoder,
  type LineNote,
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

/** How a recorded file is read. */
export interface Reading {
  readonly format: RecordingFormat | 'auto';
  readonly options: ReadingOptions;
}

/** Reads the messages of one recorded file, in constant memory, at the pace of its caller. */
export class RecordingReader {
  readonly file: RecordingFile;
  readonly #reading: Reading;
  readonly #counter: LineCounter;
  #chosen: RecordingFormat | undefined;
  #decode: LineDecoder | undefined;
  #name = '';
  #path = '';
  #line = 0;

  private constructor(file: RecordingFile, reading: Reading, counter: LineCounter) {
    this.file = file;
    this.#reading = reading;
    this.#counter = counter;
  }

  /** Opens a file. @throws TickmarkError `STREAM_FAILED` if the file is missing or cannot be read. */
  static async open(path: string, reading: Reading, counter: LineCounter): Promise<RecordingReader> {
    return new RecordingReader(await RecordingFile.open(path, acceptedFormats()), reading, counter);
  }

  /**
   * Reads up to the first line that is not blank, to check the format. Resolves with the size of the file in bytes.
   * @throws TickmarkError as `open()` and `batches()` do.
   */
  static async check(path: string, reading: Reading, signal: AbortSignal): Promise<number> {
    const reader = await RecordingReader.open(path, reading, new LineCounter());
    for await (const _ of reader.batches(signal)) if (reader.#decode) break;
    return reader.file.size;
  }

  /**
   * The messages of the file, a chunk at a time; a batch may be empty.
   * @throws TickmarkError `STREAM_FAILED` if the file cannot be read to its end; `MALFORMED_INPUT` if its format is not detected, or needs what the file does not have.
   */
  async *batches(signal?: AbortSignal): AsyncGenerator<readonly RecordedMessage[], void, undefined> {
    for await (const { name, path, chunks } of this.file.parts(signal)) {
      const splitter = this.#begin(name, path);
      try {
        for await (const chunk of chunks) yield this.#decodeAll(splitter.split(chunk));
      } catch (error) {
        if (!this.#chosen?.mayBeTruncated || !isTruncation(error)) throw error;
        this.#counter.note(TRUNCATED);
      }
      if (!signal?.aborted) yield this.#decodeAll(splitter.end(), true);
    }
  }

  /**
   * The messages of the file, and those that are appended. `pause()` is called at the end of the file, and ends the iteration by rejecting.
   * @throws TickmarkError as `batches()`; the rejection of `pause()`.
   */
  async *growingBatches(
    pause: () => Promise<void>,
  ): AsyncGenerator<readonly RecordedMessage[], void, undefined> {
    const splitter = this.#begin(basename(this.file.path), this.file.path);
    for await (const chunk of this.file.growingChunks(pause)) yield this.#decodeAll(splitter.split(chunk));
  }

  #begin(name: string, path: string): LineSplitter {
    this.#name = name;
    this.#path = path;
    this.#line = 0;
    this.#decode = undefined;
    return new LineSplitter(MAX_LINE_BYTES);
  }

  #decodeAll(lines: readonly Line[], isUnfinished = false): RecordedMessage[] {
    const messages: RecordedMessage[] = [];
    for (const line of lines) this.#read(line, messages, isUnfinished);
    return messages;
  }

  #read(given: Line, messages: RecordedMessage[], isUnfinished: boolean): void {
    const line = ++this.#line === 1 && given?.startsWith(BYTE_ORDER_MARK) ? given.slice(1) : given;
    if (line === null) return this.#note(TOO_LONG, '');
    if (line === '' || line.trim() === '') return this.#note(BLANK, '');
    this.#decode ??= this.#decoderFor(line);
    const decoded = this.#decodeSafely(this.#decode, line);
    // The program that wrote the file was stopped in the middle of the last line.
    if (isNote(decoded))
      return this.#note(isUnfinished && decoded.type === 'rejected' ? UNFINISHED : decoded, line);
    if (Array.isArray(decoded)) {
      this.#counter.price();
      for (const each of decoded as readonly RecordedMessage[]) messages.push(each);
      return;
    }
    const message = decoded as RecordedMessage;
    if (isPrice(message)) this.#counter.price();
    else this.#note(NOTES[message.type], line);
    messages.push(message);
  }

  #note(note: LineNote, text: string): void {
    this.#counter.note(note, { file: this.#path, line: this.#line, text });
  }

  #decoderFor(firstLine: string): LineDecoder {
    const [path, { format, options }] = [this.#path, this.#reading];
    const assumed = new Set<string>();
    const assume = (what: string): void => {
      if (assumed.has(what)) return;
      assumed.add(what);
      this.#counter.assumed(path, what);
    };
    const file = { name: this.#name, path, firstLine, options, assume };
    this.#chosen = chosenFormat(format, file);
    this.#counter.file(path, this.#chosen.name);
    return this.#chosen.decoder(file);
  }

  #decodeSafely(decode: LineDecoder, line: string): ReturnType<LineDecoder> {
    try {
      return decode(line);
    } catch {
      return DECODER_THREW;
    }
  }
}

function isTruncation(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === 'Z_BUF_ERROR';
}
