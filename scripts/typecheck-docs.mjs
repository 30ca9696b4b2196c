// Type-checks every TypeScript block of the README, of docs/ and of the TSDoc in src/. Errors name the file and the line of the block.
//
// A block of a page may give itself a name in its first line, as in `// my-venue.ts`, so that others of its page can import it. A block of
// TSDoc with imports is a program of its own. One without imports gets what it uses of the exports of its own file and of "tickmark", and of
// the objects below.
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkTypes, root } from './run-typescript.mjs';

/** Objects that a short example may use, with their types. */
const PLACEHOLDERS = {
  accounts: '{ mayRead(subject: string, portfolioId: string): boolean }',
  bus: "import('tickmark').EventBus",
  gateway: "import('tickmark/gateway').Gateway",
  lock: "import('tickmark').Lock",
  marking: "import('tickmark').MarkToMarket",
  portfolio: "import('tickmark').Portfolio",
  processor: "import('tickmark/parts').PriceStreamProcessor",
  repository: "import('tickmark').PortfolioRepository",
  server: "import('node:http').Server",
  sessionOf: '(request: unknown) => Promise<{ subject: string; expiresAt: number } | null>',
  stream: "import('tickmark').PriceStreamAdapter",
};

const folder = fileURLToPath(root);
const read = (path) => readFileSync(join(folder, path), 'utf8');
const filesOf = (path, pattern) =>
  readdirSync(join(folder, path), { recursive: true })
    .map((file) => `${path}/${file.replaceAll('\\', '/')}`)
    .filter((file) => pattern.test(file))
    .sort();

// docs/reference holds the packages that build it, with pages of their own.
const pages = ['README.md', ...filesOf('docs', /^docs\/(?!reference\/).*\.md$/)];
const sources = filesOf('src', /\.tsx?$/);

/** What the root exports, by name: `true` for a type. */
const rootExports = new Map(
  [...read('src/index.ts').matchAll(/^export (type )?\{([^}]*)\}/gms)].flatMap(([, isType, list]) =>
    list
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map((item) => [item.replace(/^type /, ''), isType !== undefined || item.startsWith('type ')]),
  ),
);

/** The blocks of a page, or of the TSDoc of a source: their text, where it begins, and how far it is indented. */
function blocksOf(path, isSource) {
  const fences = isSource ? /^( *\* )```ts\n(.*?)^ *\* ```$/gms : /^()```ts\n(.*?)^```$/gms;
  const text = read(path);
  return [...text.matchAll(fences)].map(({ 1: indent, 2: raw, index }) => ({
    line: text.slice(0, index).split('\n').length,
    code: isSource ? raw.replaceAll(/^ *\* ?/gm, (start) => ' '.repeat(start.length)) : raw,
    isWhole: !isSource || new RegExp(`^.{${indent.length}}import\\b`, 'm').test(raw),
  }));
}

/** Imports and declarations, in one line, of what a block without imports uses. */
function preambleOf(code, path, block) {
  const uses = (name) => new RegExp(`\\b${name}\\b`).test(code);
  const own = /^export (?:abstract |async )*(class|function|const|enum|interface|type) (\w+)/gm;
  const ownExports = new Map([...read(path).matchAll(own)].map(([, kind, name]) => [name, kind]));
  const specifiers = { own: [], root: [] };
  for (const [name, kind] of ownExports)
    if (uses(name)) specifiers.own.push(`${/interface|type/.test(kind) ? 'type ' : ''}${name}`);
  for (const [name, isType] of rootExports)
    if (uses(name) && !ownExports.has(name)) specifiers.root.push(`${isType ? 'type ' : ''}${name}`);
  const ownPath = relative(dirname(block), join(folder, path)).replaceAll('\\', '/');
  return [
    `import { ${specifiers.own.join(', ')} } from '${ownPath.replace(/\.tsx?$/, '.js')}';`,
    `import { ${specifiers.root.join(', ')} } from 'tickmark';`,
    ...Object.entries(PLACEHOLDERS)
      .filter(([name]) => uses(name))
      .map(([name, type]) => `declare const ${name}: ${type};`),
  ].join(' ');
}

// Inside the project, so that the compiler's paths lead `tickmark` to the sources.
const blocks = mkdtempSync(join(folder, 'docs/.blocks-'));
try {
  const places = new Map();
  for (const path of [...pages, ...sources]) {
    const own = join(blocks, path.replace(/\W/g, '-'));
    for (const { line, code, isWhole } of blocksOf(path, sources.includes(path))) {
      const [, name = `line-${line}.ts`] = /^\/\/ ([\w-]+\.ts)\n/.exec(code) ?? [];
      const file = join(own, name);
      // In a scope of its own, a name may be declared that the preamble declares as well.
      const [before, after] = isWhole ? ['', ''] : [`${preambleOf(code, path, file)} {`, '}'];
      mkdirSync(own, { recursive: true });
      // Each is a module, even without an import; and its lines have the numbers that they have in the page.
      writeFileSync(file, `${'\n'.repeat(line - 1)}${before}\n${code}${after}export {};\n`);
      places.set(relative(folder, file).replaceAll('\\', '/'), path);
    }
  }
  const project = join(blocks, 'tsconfig.json');
  // Some programs run in a page.
  const lib = ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'];
  const compilerOptions = { lib, noUnusedLocals: false, noUnusedParameters: false };
  // The types of packages that are not installed.
  const absent = ['better-sqlite3', 'kafka-clients', 'next-and-nuxt', 'proxies'].map(
    (name) => `../../test/docs/${name}.d.ts`,
  );
  const include = ['**/*.ts', ...absent];
  writeFileSync(project, JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include }));
  const errors = join(blocks, 'errors.txt');
  const output = openSync(errors, 'w');
  process.exitCode = await checkTypes(project, ['--pretty', 'false'], ['ignore', output, 'inherit']);
  closeSync(output);
  const named = readFileSync(errors, 'utf8').replace(
    /^docs\/\.blocks-.*?\.ts(?=\()/gm,
    (file) => places.get(file) ?? file,
  );
  process.stderr.write(named);
  if (process.exitCode === 0)
    console.log(`${places.size} programs of ${new Set(places.values()).size} files compile`);
} finally {
  rmSync(blocks, { recursive: true, force: true });
}
