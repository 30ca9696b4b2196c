import { afterEach, describe, expect, test, vi } from 'vitest';
import vitest from '../../vitest.config.js';
import { importsOf, readSourceTree, resolveImport } from './import-graph.js';

const tree = readSourceTree(new URL('../', import.meta.url));
const testFiles = [...tree.keys()].filter((path) => path.endsWith('.test.ts'));

afterEach(() => void vi.unstubAllEnvs());

/** What a glob of the config matches: `**` any folders, `*` any part of a name. */
function matches(path: string, glob: string): boolean {
  const pattern = glob
    .replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('**/', '(?:.+/)?')
    .replaceAll(/\*+/g, '[^/]*');
  return new RegExp(`^${pattern}$`).test(path);
}

/** The test files, by path below `test`, that a suite runs at full size. */
async function filesOf(mode: string): Promise<string[]> {
  vi.stubEnv('TICKMARK_SIZE', 'full');
  const config = (await (vitest as (env: object) => unknown)({ mode, command: 'serve' })) as {
    test: { include: string[]; exclude: string[] };
  };
  const { include, exclude } = config.test;
  const isIn = (path: string, globs: readonly string[]): boolean =>
    globs.some((glob) => matches(`test/${path}`, glob));
  return testFiles.filter((path) => isIn(path, include) && !isIn(path, exclude));
}

/** A file and all files of `test` that it loads, directly or not. */
function reach(path: string, known = new Set<string>()): Set<string> {
  if (known.has(path)) return known;
  known.add(path);
  const text = tree.get(path)!.replaceAll(/^import type [^;]+;$/gm, '');
  for (const specifier of importsOf(text)) {
    const target = specifier.startsWith('.') ? resolveImport(path, specifier, tree) : undefined;
    if (target !== undefined) reach(target, known);
  }
  return known;
}

const SERVERS = ['redis', 'postgres', 'pgbouncer', 'kafka', 'kafka-broker', 'sqlite'].map(
  (name) => `servers/${name}.ts`,
);
const NOT_FOR_ALL: readonly string[] = [...SERVERS, 'browser/chromium.ts'];

/** What a file reaches that a machine may not have. */
function needsOf(path: string): string[] {
  const reached = [...reach(path)];
  const recordings = reached.filter((file) =>
    /import \{[^}]*\b(recordings|canUseRecording|recordedFeeds)\b[^}]*\} from '[^']*requirements\.js'/.test(
      tree.get(file)!,
    ),
  );
  return [...reached.filter((file) => NOT_FOR_ALL.includes(file)), ...recordings];
}

describe('the suites', () => {
  test('have each test file in exactly one of them', async () => {
    const owners = new Map(testFiles.map((path) => [path, [] as string[]]));
    for (const mode of ['test', 'services', 'browser', 'faults', 'recordings'])
      for (const path of await filesOf(mode)) owners.get(path)!.push(mode);
    expect([...owners].filter(([, modes]) => modes.length !== 1)).toEqual([]);
    expect(new Set([...owners.values()].flat()).size).toBe(5);
    expect([...tree.keys()].filter((path) => path.includes('.long.'))).toEqual([]);
  });
});

describe('npm test', () => {
  test('imports no server, no browser and no recorded feed', async () => {
    const files = (await filesOf('test')).filter((path) => path !== 'package/requirements.test.ts');
    expect(files.length).toBeGreaterThan(50);
    const needs = files.map((path) => [path, needsOf(path)] as const).filter(([, found]) => found.length > 0);
    expect(Object.fromEntries(needs)).toEqual({});
  });

  // Also in what the tests of other suites share with it. Real time is the subject of those alone.
  const quick = [...tree].filter(
    ([path]) => !/^(?:faults|browser)\//.test(path) && !path.includes('.services.') && path !== 'waiting.ts',
  );
  const files = (pattern: RegExp): string[] =>
    quick.filter(([, text]) => pattern.test(text)).map(([path]) => path);

  test('does not sleep: what takes a while is waited for by test/waiting.ts', () => {
    expect(files(/(?<![.\w])setTimeout\(/)).toEqual([]);
    expect(files(/import \{[^}]*\bsetTimeout\b[^}]*\} from '(?:node:)?timers\/promises'/)).toEqual([]);
  });

  test('gives no test and no poll a limit of its own in real time', () => {
    expect(
      files(/(?:\bpoll|waitFor|waitUntil|\b(?:it|test|describe)(?:\.\w+)*)\([^;]*?\btimeout: [\d_]+/),
    ).toEqual([]);
  });
});
