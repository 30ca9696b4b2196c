import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const wire = new URL('../../shared/wire/', import.meta.url);

/**
 * Says whether a test can run here. What is missing is named in one line, and is an error where
 * TICKMARK_REQUIRE_SERVICES=1, so that a skipped test can never pass for a tested one.
 */
export function requireOrSkip(name: string, available: boolean, howToGet: string): boolean {
  if (available) return true;
  if (process.env.TICKMARK_REQUIRE_SERVICES === '1') {
    throw new Error(`TICKMARK_REQUIRE_SERVICES=1 and "${name}" is missing. How to get it: ${howToGet}`);
  }
  process.stderr.write(`skipped: ${name} — ${howToGet}\n`);
  return false;
}

/** Where a recorded feed lies, and whether it is there. */
export function recordings(path: string): { path: string; exists: boolean } {
  const url = new URL(path, wire);
  return { path: fileURLToPath(url), exists: existsSync(url) };
}

/** The recordings are kept beside the project, not in it; a checkout without them skips their tests. */
export function recordingsOrSkip(path: string): boolean {
  const howToGet = 'put the recorded feeds into ../shared/wire, beside the project';
  return requireOrSkip(`recording ${path}`, recordings(path).exists, howToGet);
}
