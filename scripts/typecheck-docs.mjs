// Type-checks every TypeScript block of the README and of docs/. A block may give itself a name in its first line, as in
// `// my-venue.ts`, so that others of its page can import it.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, run } from './run-typescript.mjs';

const folder = fileURLToPath(root);
const inDocs = readdirSync(join(folder, 'docs'), { recursive: true }).map((path) =>
  path.replaceAll('\\', '/'),
);
// docs/reference holds the packages that build it, with pages of their own.
const ours = inDocs.filter((path) => path.endsWith('.md') && !path.startsWith('reference/'));
const pages = ['README.md', ...ours.map((path) => `docs/${path}`).sort()];

// Inside the project, so that the compiler's paths lead `tickmark` to the sources.
const blocks = mkdtempSync(join(folder, 'docs/.blocks-'));
try {
  let count = 0;
  for (const page of pages) {
    const text = readFileSync(join(folder, page), 'utf8');
    const own = join(blocks, page.replace(/\W/g, '-'));
    mkdirSync(own);
    for (const { 1: code, index } of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
      const line = text.slice(0, index).split('\n').length;
      const [, name = `line-${line}.ts`] = /^\/\/ ([\w-]+\.ts)\n/.exec(code) ?? [];
      // Each is a module of its own, also without an import.
      writeFileSync(join(own, name), `${code}export {};\n`);
      count++;
    }
  }
  const project = join(blocks, 'tsconfig.json');
  // Some programs run in a page.
  const lib = ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'];
  const compilerOptions = { lib, noUnusedLocals: false, noUnusedParameters: false };
  writeFileSync(
    project,
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['**/*.ts'] }),
  );
  const tsc = join(folder, 'node_modules/typescript/bin/tsc');
  process.exitCode = await run(process.execPath, [tsc, '-p', project]);
  if (process.exitCode === 0) console.log(`${count} programs of ${pages.length} pages compile`);
} finally {
  rmSync(blocks, { recursive: true, force: true });
}
