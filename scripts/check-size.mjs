// What "tickmark" costs a browser: dist/index.js with its dependencies, bundled, minified and gzipped.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// The aim is not reached yet, and is printed each time; the ceiling keeps the distance from growing.
const AIM = 20_480;
const CEILING = 44_000;
const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url));

if (!existsSync(entry)) {
  console.error('dist/index.js is missing: run `npm run build` first.');
  process.exit(1);
}

// For a browser, so that an import of a node: builtin stops the build.
const { outputFiles } = await build({
  entryPoints: [entry],
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  platform: 'browser',
  logLevel: 'error',
});
const minified = outputFiles[0].contents;
const gzipped = gzipSync(minified, { level: 9 }).length;
const figure = `tickmark with dependencies: ${minified.length} bytes minified, ${gzipped} gzipped`;

if (gzipped > CEILING) {
  console.error(`${figure}, over the ceiling of ${CEILING} by ${gzipped - CEILING}`);
  process.exit(1);
}
console.log(
  gzipped > AIM
    ? `${figure}, ${gzipped - AIM} over the aim of ${AIM}, under the ceiling of ${CEILING}`
    : figure,
);
