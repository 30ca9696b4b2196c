import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { TickmarkError } from '../../core/errors.js';

/** Where a recording goes. */
export interface RecordingTarget {
  /** What lines are written to. */
  readonly input: Writable;
  /** Sees to it that what was written can be read although the file is not closed. */
  flush(): void;
  /** Hears the first error; takes the place of listeners for it. */
  onError(listener: (error: TickmarkError) => void): void;
  /** Settles when everything is written; a file is then closed. */
  end(): Promise<void>;
}

/** A file, gzipped where its name ends in `.gz`. @throws TickmarkError `STREAM_FAILED` when it cannot be made. */
export async function fileTarget(path: string, isReplaced: boolean): Promise<RecordingTarget> {
  const file = createWriteStream(path, { flags: isReplaced ? 'w' : 'wx' });
  try {
    await once(file, 'open');
  } catch (cause) {
    throw writeError(path, cause);
  }
  const gzip: Gzip | undefined = /\.gz$/i.test(path) ? createGzip() : undefined;
  gzip?.pipe(file);
  return {
    input: gzip ?? file,
    // Blocks of the deflate stream end here, so a reader gets this far in a file whose writer was killed.
    flush: () => gzip?.flush(constants.Z_SYNC_FLUSH),
    onError(listener) {
      const fail = (cause: unknown): void => {
        file.destroy();
        gzip?.destroy();
        listener(writeError(path, cause));
      };
      file.once('error', fail);
      gzip?.once('error', fail);
    },
    async end() {
      (gzip ?? file).end();
      try {
        await finished(file);
      } catch (cause) {
        throw writeError(path, cause);
      }
    },
  };
}

/** A stream of the caller, who also ends it. */
export function streamTarget(target: Writable): RecordingTarget {
  const where = 'the given stream';
  let off = (): void => undefined;
  return {
    input: target,
    flush: () => undefined,
    onError(listener) {
      const fail = (cause: unknown): void => listener(writeError(where, cause));
      target.once('error', fail);
      off = () => void target.off('error', fail);
    },
    end: () =>
      new Promise((resolve, reject) => {
        target.write('', (cause) => {
          off();
          if (cause) reject(writeError(where, cause));
          else resolve();
        });
      }),
  };
}

function writeError(path: string, cause: unknown): TickmarkError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  const message = `Recording to ${JSON.stringify(path)} cannot be written: ${detail}.`;
  const hint = (cause as { code?: unknown } | null)?.code === 'EEXIST' ? ' Set overwrite to replace it.' : '';
  return new TickmarkError('STREAM_FAILED', message + hint, { cause });
}
