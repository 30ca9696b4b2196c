import { Buffer } from 'node:buffer';
import type { ReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TickmarkError } from '../../core/errors.js';
import { errorText } from '../../core/error-text.js';

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

/** A recorded file that is open for reading, gzipped or plain. */
export class RecordingFile {
  readonly path: string;
  /** Name without folders. */
  readonly name: string;
  /** Bytes on disk. */
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #isGzip: boolean;
  #source: ReadStream | undefined;
  #followed = 0;

  private constructor(path: string, handle: FileHandle, size: number, isGzip: boolean) {
    this.path = path;
    this.name = basename(path);
    this.size = size;
    this.#handle = handle;
    this.#isGzip = isGzip;
  }

  /** Bytes read from disk so far. */
  get bytesRead(): number {
    return this.#source?.bytesRead ?? this.#followed;
  }

  /** @throws TickmarkError `STREAM_FAILED` if the file is missing or cannot be read; the message lists the `accepted` formats. */
  static async open(path: string, accepted: string): Promise<RecordingFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      const stat = await handle.stat();
      if (!stat.isFile()) throw new Error('it is not a regular file');
      const magic = new Uint8Array(2);
      const { bytesRead } = await handle.read(magic, 0, 2, 0);
      const isGzip = bytesRead === 2 && GZIP_MAGIC.every((byte, index) => magic[index] === byte);
      return new RecordingFile(path, handle, stat.size, isGzip);
    } catch (cause) {
      await handle?.close();
      throw readError(path, cause, accepted);
    }
  }

  /**
   * The content from the start, unzipped. The file is closed at the end, or when the iteration is left.
   * @throws TickmarkError `STREAM_FAILED` if it cannot be read or unzipped to its end, after the chunks before that.
   */
  async *chunks(signal: AbortSignal | undefined): AsyncGenerator<Buffer, void, undefined> {
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
      await this.close();
    }
  }

  /**
   * The content from the start, and what is appended. `pause()` is called at the end of the file, and ends the iteration by rejecting.
   * @throws TickmarkError `STREAM_FAILED` for a gzip file, or one that cannot be read; the rejection of `pause()`.
   */
  async *growingChunks(pause: () => Promise<void>): AsyncGenerator<Buffer, void, undefined> {
    try {
      if (this.#isGzip) throw readError(this.path, new Error('a gzip file cannot be followed'));
      for (;;) {
        // Each chunk needs memory of its own: an unfinished line is kept across the next read.
        const { bytesRead, buffer } = await this.#read(Buffer.allocUnsafe(CHUNK_BYTES));
        this.#followed += bytesRead;
        if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
        else await pause();
      }
    } finally {
      await this.close();
    }
  }

  async #read(buffer: Buffer): Promise<{ bytesRead: number; buffer: Buffer }> {
    try {
      return await this.#handle.read(buffer, 0, buffer.length, this.#followed);
    } catch (cause) {
      throw readError(this.path, cause);
    }
  }

  /** Closes the file. Idempotent. */
  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function readError(path: string, cause: unknown, accepted?: string): TickmarkError {
  const message = `Recorded file ${JSON.stringify(path)} cannot be read: ${errorText(cause)}.`;
  return new TickmarkError('STREAM_FAILED', accepted ? `${message} Accepted are ${accepted}.` : message, {
    cause,
  });
}
