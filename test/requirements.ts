import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const wire = new URL('../../shared/wire/', import.meta.url);

/** Something that tests need and a machine may not have. */
export interface Requirement {
  readonly name: string;
  readonly isThere: boolean;
  /** A command, as far as there is one. */
  readonly howToGet: string;
}

/**
 * Whether the tests that need it can run here. What is missing is an error where TICKMARK_REQUIRE_SERVICES=1, so that a skipped test
 * can never pass for a tested one; elsewhere the start of the run has said it, once (test/setup/announce-run.ts).
 */
export function canUse({ name, isThere, howToGet }: Requirement): boolean {
  if (!isThere && process.env.TICKMARK_REQUIRE_SERVICES === '1') {
    throw new Error(`TICKMARK_REQUIRE_SERVICES=1 and "${name}" is missing. How to get it: ${howToGet}`);
  }
  return isThere;
}

/** One line for each requirement that is missing. */
export function skipLines(requirements: readonly Requirement[]): string[] {
  return requirements
    .filter(({ isThere }) => !isThere)
    .map(({ name, howToGet }) => `skipped: tests with ${name}. How to get it: ${howToGet}`);
}

/** Where a recorded feed lies, and whether it is there. */
export function recordings(path: string): { path: string; exists: boolean } {
  const url = new URL(path, wire);
  return { path: fileURLToPath(url), exists: existsSync(url) };
}

/** The recordings are kept beside the project, not in it: they may not be published. */
export function recordedFeeds(): Requirement {
  return {
    name: 'recorded feeds',
    isThere: existsSync(wire),
    howToGet: 'they lie in ../shared/wire, beside the project, and cannot be published',
  };
}

/** Whether a recorded feed is there to test with. */
export function canUseRecording(path: string): boolean {
  return canUse({ ...recordedFeeds(), name: `recording ${path}`, isThere: recordings(path).exists });
}
