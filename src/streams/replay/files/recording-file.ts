import { Buffer } from 'node:buffer';
import type { ReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorText } from '../../../core/error-text.js';
import { TickmarkError } from '../../../core/errors.js';
import { isZip, zipContent, zipEntries, type ZipEntry } from './zip-archive.js';

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];
/** How files begin that have no lines to read, and what they are. */
const UNREADABLE: ReadonlyArray<readonly [begins: readonly number[], what: string]> = [
  [[0xff, 0xfe], 'it is in UTF-16; save it as UTF-8'],
  [[0xfe, 0xff], 'it is in UTF-16; save it as UTF-8'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'it is packed by zstd; unpack it first'],
  [[0x42, 0x5a, 0x68], 'it is packed by bzip2; unpack it first'],
  [[0xfd, 0x37, 0x7a, 0x58], 'it is packed by xz; unpack it first'],
  [[0x37, 0x7a, 0xbc, 0xaf], 'it is a 7z archive; unpack it first'],
  [[0x50, 0x41, 0x52, 0x31], 'it is a Parquet file; export it as CSV'],
];

/** A file with lines: a recorded file, or each of those in a zip archive. */
export interface RecordingPart {
  /** Name without folders, and without `.gz`. */
  readonly name: string;
  /** Path of the file; in a zip archive, followed by that of the file in it. */
  readonly path: string;
  /** The content from the start, unpacked. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** A recorded file that is open for reading: plain, gzipped, or a zip archive of files. */
export class RecordingFile {
  readonly path: string;
  /** Bytes on disk. */
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #isGzip: boolean;
  readonly #entries: readonly ZipEntry[] | undefined;
  #source: ReadStream | undefined;
  #bytesRead = 0;

  private constructor(path: string, handle: FileHandle, size: number, packing: Packing) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
    this.#isGzip = packing === 'gzip';
    this.#entries = typeof packing === 'object' ? packing : undefined;
  }

  /** Bytes read from disk so far. */
  get bytesRead(): number {
    return this.#source?.bytesRead ?? this.#bytesRead;
  }

  /** @throws TickmarkError `STREAM_FAILED` if the file is missing or cannot be read; the message lists the `accepted` formats. */
  static async open(path: string, accepted: string): Promise<RecordingFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      const stat = await handle.stat();
      if (!stat.isFile()) throw new Error('it is not a regular file');
      return new RecordingFile(path, handle, stat.size, await packingOf(handle, stat.size));
    } catch (cause) {
      await handle?.close();
      throw readError(path, cause, accepted);
    }
  }

  /**
   * The files to read: the file itself, or those in the archive, one after the other by name. The file is closed at the end, or when the iteration is left.
   * @throws TickmarkError `STREAM_FAILED` if the content cannot be read or unpacked to its end, after the chunks before that.
   */
  async *parts(signal: AbortSignal | undefined): AsyncGenerator<RecordingPart, void, undefined> {
    try {
      const name = basename(this.path).replace(/\.gz$/i, '');
      if (!this.#entries) yield { name, path: this.path, chunks: this.#chunks(signal) };
      for (const entry of this.#entries ?? []) {
        if (signal?.aborted) return;
        const path = `${this.path}/${entry.name}`;
        yield { name: basename(entry.name), path, chunks: this.#unzipped(entry, signal) };
      }
    } finally {
      await this.close();
    }
  }

  async *#chunks(signal: AbortSignal | undefined): AsyncGenerator<Buffer, void, undefined> {
    const source = this.#handle.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: true });
    this.#source = source;
    const content: Readable = this.#isGzip
      ? pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined)
      : source;
    const onAbort = (): void => void content.destroy();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      for await (const chunk of content) {
        if (signal?.aborted) return;
        yield chunk as Buffer;
      }
    } catch (cause) {
      if (!signal?.aborted) throw readError(this.path, cause);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      content.destroy();
      source.destroy();
    }
  }

  async *#unzipped(
    entry: ZipEntry,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Buffer, void, undefined> {
    const before = this.#bytesRead;
    let length = 0;
    try {
      for await (const chunk of zipContent(this.#handle, entry, CHUNK_BYTES)) {
        if (signal?.aborted) return;
        length += chunk.length;
        this.#bytesRead = before + Math.round((entry.compressed * length) / Math.max(1, entry.size));
        yield chunk;
      }
    } catch (cause) {
      throw readError(this.path, cause);
    }
  }

  /**
   * The content from the start, and what is appended. `pause()` is called at the end of the file, and ends the iteration by rejecting.
   * @throws TickmarkError `STREAM_FAILED` for a gzip or zip file, or one that cannot be read; the rejection of `pause()`.
   */
  async *growingChunks(pause: () => Promise<void>): AsyncGenerator<Buffer, void, undefined> {
    try {
      if (this.#isGzip || this.#entries)
        throw readError(this.path, new Error(`a ${this.#isGzip ? 'gzip' : 'zip'} file cannot be followed`));
      for (;;) {
        // Each chunk needs memory of its own: an unfinished line is kept across the next read.
        const { bytesRead, buffer } = await this.#read(Buffer.allocUnsafe(CHUNK_BYTES));
        this.#bytesRead += bytesRead;
        if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
        else await pause();
      }
    } finally {
      await this.close();
    }
  }

  async #read(buffer: Buffer): Promise<{ bytesRead: number; buffer: Buffer }> {
    try {
      return await this.#handle.read(buffer, 0, buffer.length, this.#bytesRead);
    } catch (cause) {
      throw readError(this.path, cause);
    }
  }

  /** Closes the file. Idempotent. */
  async close(): Promise<void> {
    await this.#handle.close();
  }
}

type Packing = 'none' | 'gzip' | readonly ZipEntry[];

async function packingOf(handle: FileHandle, size: number): Promise<Packing> {
  const start = new Uint8Array(4);
  const { bytesRead } = await handle.read(start, 0, 4, 0);
  const begins = (bytes: readonly number[]): boolean => bytes.every((byte, index) => start[index] === byte);
  if (bytesRead >= 2 && begins(GZIP_MAGIC)) return 'gzip';
  const unreadable = UNREADABLE.find(([bytes]) => begins(bytes));
  if (unreadable) throw new Error(unreadable[1]);
  // Of letters in UTF-16 without a mark, every other byte is 0.
  if (bytesRead === 4 && ((start[0] === 0 && start[2] === 0) || (start[1] === 0 && start[3] === 0)))
    throw new Error('it is in UTF-16, or no text; save it as UTF-8');
  if (!isZip(start)) return 'none';
  const entries = await zipEntries(handle, size);
  if (entries.length === 0) throw new Error('there is no file in the zip archive');
  return entries;
}

function readError(path: string, cause: unknown, accepted?: string): TickmarkError {
  const message = `Recorded file ${JSON.stringify(path)} cannot be read: ${errorText(cause)}.`;
  return new TickmarkError('STREAM_FAILED', accepted ? `${message} Accepted are ${accepted}.` : message, {
    cause,
  });
}
