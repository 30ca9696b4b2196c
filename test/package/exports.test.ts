import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import tsup from '../../tsup.config.js';
import vitest from '../../vitest.config.js';

const root = new URL('../../', import.meta.url);
const pathOf = (relative: string): string => fileURLToPath(new URL(relative, root));

interface Alias {
  find: RegExp;
  replacement: string;
}

interface Manifest {
  name: string;
  exports: Record<string, string | { types: string; default: string }>;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Manifest;
const subpaths = Object.entries(manifest.exports).filter(([, target]) => typeof target !== 'string');
const entries = (tsup as { entry: Record<string, string> }).entry;

/** Entries that are programs, and not to be imported. */
const commands = Object.values(manifest.bin).map((path) => path.replace(/^dist\/(.*)\.js$/, '$1'));

/** `.` is built from the entry `index`, `./redis` from `redis/index`. */
const entryName = (subpath: string): string => (subpath === '.' ? 'index' : `${subpath.slice(2)}/index`);
const specifier = (subpath: string): string => manifest.name + subpath.slice(1);

describe('package.json exports', () => {
  test('match the entries of the build', () => {
    expect(subpaths.map(([subpath]) => entryName(subpath)).sort()).toEqual(
      Object.keys(entries)
        .filter((name) => !commands.includes(name))
        .sort(),
    );
  });

  test('contain no wildcard, and include package.json', () => {
    expect(Object.keys(manifest.exports).filter((subpath) => subpath.includes('*'))).toEqual([]);
    expect(manifest.exports['./package.json']).toBe('./package.json');
  });

  test.each(subpaths)('%s has its types beside its code, and a source file', (subpath, target) => {
    const name = entryName(subpath);
    expect(target).toEqual({ types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` });
    // A consumer's resolver takes the first condition that matches.
    expect(Object.keys(target)).toEqual(['types', 'default']);
    expect(existsSync(new URL(entries[name]!, root))).toBe(true);
  });
});

describe('a package name', () => {
  const { paths } = ts.readConfigFile(pathOf('tsconfig.json'), (path) => readFileSync(path, 'utf8')).config
    .compilerOptions as { paths: Record<string, string[]> };

  test('resolves to the same source for the compiler as for the build', () => {
    const expected = subpaths.map(([subpath]) => [specifier(subpath), [`./${entries[entryName(subpath)]!}`]]);
    expect(paths).toEqual(Object.fromEntries(expected));
  });

  test('resolves to the same source for the tests as for the build', async () => {
    const config = await (vitest as (env: { mode: string; command: 'serve' }) => unknown)({
      mode: 'test',
      command: 'serve',
    });
    const aliases = (config as { resolve: { alias: Alias[] } }).resolve.alias;
    expect(aliases).toHaveLength(subpaths.length);
    for (const [subpath] of subpaths) {
      const matching = aliases.filter(({ find }) => find.test(specifier(subpath)));
      expect(matching.map(({ replacement }) => replacement)).toEqual([pathOf(entries[entryName(subpath)]!)]);
    }
  });
});

test.each(['', 'bench/', 'test/servers/sqlite/'])(
  'the lock file of "%s" contains no registry address',
  (folder) => {
    expect(readFileSync(new URL(`${folder}package-lock.json`, root), 'utf8')).not.toMatch(
      /"resolved"|https?:\/\/registry/,
    );
  },
);
