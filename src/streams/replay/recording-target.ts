import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { TickmarkError } from '../../core/errors.js';
import { errorText } from '../../core/error-text.js';

/** Where a recording is written. */
export interface RecordingTarget {
  /** Stream for the lines. */
  readonly input: Writable;
  /** Makes the lines so far readable although the file is not closed. */
  flush(): void;
  /** Calls the listener with the first error. */
  onError(listener: (error: TickmarkError) => void): void;
  /** Resolves when everything is written; a file is closed then. */
  end(): Promise<void>;
}

/** A file, gzipped if its name ends in `.gz`. @throws TickmarkError `STREAM_FAILED` if it cannot be created. */
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
    // Ends the deflate block, so that a file can be read up to here if the process is killed.
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

/** A stream of the caller, who ends it. */
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
  const message = `Recording to ${JSON.stringify(path)} cannot be written: ${errorText(cause)}.`;
  const hint = (cause as { code?: unknown } | null)?.code === 'EEXIST' ? ' Set overwrite to replace it.' : '';
  return new TickmarkError('STREAM_FAILED', message + hint, { cause });
}
