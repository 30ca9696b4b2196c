import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The content of a file, or `null` when there is none. */
export function readJson<Content>(path: string): Content | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Replaces a file whole: a reader finds the old content or the new one, and a crash leaves one of the two. */
export function writeJson(path: string, content: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(content));
  renameSync(`${path}.new`, path);
}
