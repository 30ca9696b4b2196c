import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);

/** Tests of the whole library or of what surrounds it, which belong to no file of src. */
const OF_THE_WHOLE = new Set([
  'bench',
  'costs',
  'browser',
  'docs',
  'examples',
  'accounting',
  'faults',
  'lifecycle',
  'package',
  'servers',
]);

/** The file of src that a test is about: `test/a/b.ASPECT.test.ts` tests `src/a/b.ts`. */
const subjectOf = (path: string): string => path.replace(/(\/|^)([^/.]+)\.[^/]*$/, '$1$2');

describe('the tests', () => {
  test('stand where the file that they test stands', () => {
    const paths = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => /\.test\.tsx?$/.test(path) && path.includes('/'))
      .filter((path) => !OF_THE_WHOLE.has(path.split('/')[0]!));
    const strays = paths.filter(
      (path) => !['.ts', '.tsx'].some((end) => existsSync(new URL(`src/${subjectOf(path)}${end}`, root))),
    );
    expect(strays).toEqual([]);
  });
});
