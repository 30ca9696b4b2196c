// The packed tarball in an empty folder, on every runtime that it is said to run on: each entry point, and the sample of the README as
// TypeScript whose types the runtime strips. npm brings the runtimes, once.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmCommand, root } from './run-typescript.mjs';

const project = fileURLToPath(root);
const runtimes = join(project, 'test/runtimes');
const binary = (path) => join(runtimes, 'node_modules', path);

/** How to run a file; `stripsTypes` says whether it may be TypeScript. */
const RUNTIMES = [
  { name: 'Node 20', path: binary('node20/bin/node'), args: [], stripsTypes: false },
  { name: 'Node 22', path: binary('node22/bin/node'), args: [], stripsTypes: true },
  { name: 'Node 24', path: binary('node24/bin/node'), args: [], stripsTypes: true },
  { name: 'Bun', path: binary('@oven/bun-linux-x64/bin/bun'), args: ['run'], stripsTypes: true },
  {
    name: 'Deno',
    path: binary('@deno/linux-x64-glibc/deno'),
    args: ['run', '--allow-all', '--no-check', '--node-modules-dir=manual'],
    stripsTypes: true,
  },
];
/** Bindings of frameworks need the framework. */
const FRAMEWORKS = ['./vue', './react'];
/** Ends a program that hangs. */
const TIMEOUT_MS = 120_000;

let failures = 0;

function check(title, run) {
  const started = performance.now();
  try {
    const note = run();
    console.log(`ok    ${title}: ${note} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failures += 1;
    console.error(`FAIL  ${title}\n${error.message}`);
  }
}

function npm(args, cwd) {
  const [command, all] = npmCommand(args);
  return execFileSync(command, all, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Installs the runtimes, unless those of the lockfile are there. */
function installRuntimes() {
  const stamp = join(runtimes, 'node_modules/.installed');
  const lock = createHash('sha256')
    .update(readFileSync(join(runtimes, 'package-lock.json')))
    .digest('hex');
  const isThere = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
  if (!isThere) {
    npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], runtimes);
    writeFileSync(stamp, lock);
  }
  for (const { path } of RUNTIMES) if (existsSync(path)) chmodSync(path, 0o755);
}

function run({ path, args }, file, cwd) {
  const { status, signal, stdout, stderr, error } = spawnSync(path, [...args, file], {
    cwd,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`exit ${status ?? signal}\n${stdout}${stderr}`);
  return stdout;
}

if (!existsSync(join(project, 'dist'))) {
  console.error('dist is missing: run `npm run build` first.');
  process.exit(1);
}

const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const specifiers = Object.entries(manifest.exports)
  .filter(([subpath, target]) => typeof target !== 'string' && !FRAMEWORKS.includes(subpath))
  .map(([subpath]) => manifest.name + subpath.slice(1));

const ENTRIES = `
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
let count = 0;
for (const specifier of ${JSON.stringify(specifiers)}) {
  const imported = await import(specifier);
  const required = require(specifier);
  for (const name of Object.keys(imported)) {
    count += 1;
    if (required[name] !== imported[name]) throw new Error(\`\${specifier}: \${name} differs between import and require\`);
  }
}
if (count === 0) throw new Error('nothing is exported');
console.log(count);
`;

/** Those of the Chinese page have the same code, which a test checks. */
function samples() {
  const page = readFileSync(join(project, 'README.md'), 'utf8');
  return [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code], at) => ({
    name: `README.md, sample ${at + 1}`,
    code,
  }));
}

try {
  installRuntimes();
} catch (error) {
  console.error(`The runtimes could not be installed: ${error.message}`);
}

const consumer = mkdtempSync(join(tmpdir(), 'tickmark-runtimes-'));
try {
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', consumer], project));
  writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }\n');
  npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', `./${filename}`], consumer);
  writeFileSync(join(consumer, 'entries.js'), ENTRIES);

  for (const runtime of RUNTIMES) {
    const { name, path, stripsTypes } = runtime;
    if (!existsSync(path)) {
      console.log(`skip  ${name}: npm has no binary of it for ${process.platform} ${process.arch} here`);
      if (process.env.TICKMARK_REQUIRE_SERVICES === '1') failures += 1;
      continue;
    }
    check(`${name}: import and require of ${specifiers.length} entry points`, () => {
      const count = Number(run(runtime, 'entries.js', consumer));
      return `${count} names`;
    });
    for (const [at, { name: sample, code }] of samples().entries()) {
      // A value of a type of our own, so that there is a type to strip.
      const typed = stripsTypes
        ? `import type { PriceUpdate } from 'tickmark';\nexport type Shown = PriceUpdate;\n${code}`
        : code;
      const file = `sample-${at}.${stripsTypes ? 'ts' : 'js'}`;
      writeFileSync(join(consumer, file), typed);
      check(`${name}: ${sample}${stripsTypes ? ', types stripped' : ''}`, () => {
        const lines = run(runtime, file, consumer).trim().split('\n');
        if (!lines.some((line) => /^pension \d/.test(line)))
          throw new Error(`no value is printed: ${lines.join(' | ')}`);
        return `${lines.length} lines`;
      });
    }
  }
} finally {
  rmSync(consumer, { recursive: true, force: true });
}

console.log(
  failures === 0 ? 'the package runs on all runtimes' : `${failures} of the checks on runtimes did not hold`,
);
process.exitCode = failures === 0 ? 0 : 1;
