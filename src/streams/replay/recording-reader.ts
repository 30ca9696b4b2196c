import { TickmarkError } from '../../core/errors.js';
import type { PriceUpdate } from '../../core/market-data/price-update.js';
import { acceptedFormats, BUILT_IN_FORMATS } from './built-in-formats.js';
import { LineSplitter, type Line } from './line-splitter.js';
import { LineTally } from './line-tally.js';
import { RecordingFile } from './recording-file.js';
import { control, isNote, rejected, type LineDecoder, type RecordingFormat } from './recording-format.js';

/** Longest line that is read, in bytes; a longer one is rejected as `line-too-long`. */
export const MAX_LINE_BYTES = 1024 * 1024;

const BLANK = control('blank');
const TOO_LONG = rejected('line-too-long');
const DECODER_THREW = rejected('decoder-threw');
const BYTE_ORDER_MARK = '\uFEFF';

/** Reads the prices of one recorded file, in constant memory, as fast as its reader asks for them. */
export class RecordingReader {
  readonly file: RecordingFile;
  readonly #format: RecordingFormat | 'auto';
  readonly #tally: LineTally;
  #decode: LineDecoder | undefined;
  #isFirst = true;

  private constructor(file: RecordingFile, format: RecordingFormat | 'auto', tally: LineTally) {
    this.file = file;
    this.#format = format;
    this.#tally = tally;
  }

  /** @throws TickmarkError `STREAM_FAILED` when the file is missing or cannot be read. */
  static async open(
    path: string,
    format: RecordingFormat | 'auto',
    tally: LineTally,
  ): Promise<RecordingReader> {
    return new RecordingReader(await RecordingFile.open(path, acceptedFormats()), format, tally);
  }

  /**
   * Reads as far as the first line that is not blank; gives the size of the file in bytes.
   * @throws TickmarkError as `open()` and `batches()` do.
   */
  static async check(path: string, format: RecordingFormat | 'auto', signal: AbortSignal): Promise<number> {
    const reader = await RecordingReader.open(path, format, new LineTally());
    for await (const _ of reader.batches(signal)) if (reader.#decode) break;
    return reader.file.size;
  }

  /**
   * Its prices, a chunk of the file at a time; a chunk may hold none.
   * @throws TickmarkError `STREAM_FAILED` when the file cannot be read to its end; `MALFORMED_INPUT` when its format is
   * not known.
   */
  async *batches(signal?: AbortSignal): AsyncGenerator<readonly PriceUpdate[], void, undefined> {
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    for await (const chunk of this.file.chunks(signal)) yield this.#decodeAll(splitter.split(chunk));
    if (!signal?.aborted) yield this.#decodeAll(splitter.end());
  }

  #decodeAll(lines: readonly Line[]): PriceUpdate[] {
    const updates: PriceUpdate[] = [];
    for (const line of lines) this.#read(line, updates);
    return updates;
  }

  #read(given: Line, updates: PriceUpdate[]): void {
    const line = this.#isFirst && given?.startsWith(BYTE_ORDER_MARK) ? given.slice(1) : given;
    this.#isFirst = false;
    if (line === null) return this.#tally.note(TOO_LONG);
    if (line === '' || line.trim() === '') return this.#tally.note(BLANK);
    this.#decode ??= this.#formatOf(line).decoder(this.file.name);
    const decoded = this.#decodeSafely(this.#decode, line);
    if (isNote(decoded)) return this.#tally.note(decoded);
    this.#tally.price();
    if (Array.isArray(decoded)) for (const each of decoded as readonly PriceUpdate[]) updates.push(each);
    else updates.push(decoded as PriceUpdate);
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
      `Recorded file ${JSON.stringify(this.file.path)} is of no format known here; accepted are ${acceptedFormats()}. ` +
        'Name one by the option format, or write a RecordingFormat.',
    );
  }
}
