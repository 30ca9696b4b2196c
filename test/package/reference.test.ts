import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';

const json = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as never;

test('the API reference has every entry point of the package', () => {
  const { exports } = json('package.json') as { exports: Record<string, unknown> };
  const { entryPoints } = json('docs/reference/typedoc.json') as { entryPoints: string[] };
  const subpaths = Object.keys(exports).filter((name) => name !== '.' && !name.endsWith('.json'));
  const folders = entryPoints.map((path) => basename(dirname(path))).filter((name) => name !== 'src');
  expect(folders.sort()).toEqual(subpaths.map((name) => name.slice(2)).sort());
});
