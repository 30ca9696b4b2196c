import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { ownFolder } from './janitor.js';

// In the project, where what is left out is found. Bundled and without a source map, a program starts on half the work that it
// takes to find and read its modules one by one, and on a sixth of what a loader takes.
const project = new URL('../../', import.meta.url);
const cache = fileURLToPath(new URL('node_modules/.cache/', project));
const bundles = new Map<string, string>();
let folder: string | undefined;

// For packages in CommonJS.
const REQUIRE =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/**
 * A TypeScript program as one file of JavaScript, with the sources of tickmark under its public names. Modules that it is made of
 * take themselves to be where the program is, and find no files beside them.
 */
export function bundled({ href }: URL, how: 'with packages' | 'without packages'): string {
  const known = bundles.get(`${how} ${href}`);
  if (known !== undefined) return known;
  folder ??= ownFolder('programs', undefined, cache);
  const outfile = join(folder, `${bundles.size}-${basename(href, '.ts')}.mjs`);
  buildSync({
    entryPoints: [fileURLToPath(href)],
    outfile,
    bundle: true,
    ...(how === 'without packages'
      ? { packages: 'external' }
      : { external: ['esbuild', 'pg-native', '@electric-sql/pglite'], banner: { js: REQUIRE } }),
    platform: 'node',
    format: 'esm',
    target: 'node20',
    define: { 'import.meta.url': JSON.stringify(href) },
    tsconfig: fileURLToPath(new URL('tsconfig.json', project)),
    logLevel: 'silent',
  });
  bundles.set(`${how} ${href}`, outfile);
  return outfile;
}
