// The package as a consumer meets it: linted, packed, installed in an empty folder, imported, required, compiled, and bundled for browsers.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { checkBrowserBundles } from './browser-bundles.mjs';
import { npmCommand, root } from './run-typescript.mjs';

const project = fileURLToPath(root);
const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const subpaths = Object.entries(manifest.exports).filter(([, target]) => typeof target !== 'string');
const specifiers = subpaths.map(([subpath]) => manifest.name + subpath.slice(1));

/** A framework's types may appear in the declarations of the folder that binds to it, and nowhere else. */
const FRAMEWORKS = { vue: 'vue', react: 'react' };

/** TypeScript 5 and the native one, since consumers have either. */
const COMPILERS = ['typescript', 'typescript-native'];

let failures = 0;

function check(title, body) {
  try {
    const note = body();
    console.log(`ok    ${title}${note ? `: ${note}` : ''}`);
  } catch (error) {
    failures += 1;
    console.error(`FAIL  ${title}\n${`${error.stdout ?? ''}${error.stderr ?? ''}` || error.message}`);
  }
}

async function checkAsync(title, body) {
  let outcome;
  try {
    const note = await body();
    outcome = () => note;
  } catch (error) {
    outcome = () => {
      throw error;
    };
  }
  check(title, outcome);
}

function exec(command, args, cwd = project) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const tool = (path, args, cwd) => exec(process.execPath, [join(project, 'node_modules', path), ...args], cwd);
const npm = (args, cwd) => exec(...npmCommand(args), cwd);

function assertEmpty(problems) {
  if (problems.length > 0) throw new Error(problems.map((each) => `  ${each}`).join('\n'));
}

function packageName(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function filesBelow(folder, suffix) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith(suffix));
}

function foreignImports(text) {
  const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text, true, true);
  return [...importedFiles, ...typeReferenceDirectives]
    .map((each) => each.fileName)
    .filter((specifier) => !specifier.startsWith('.'));
}

if (!existsSync(join(project, 'dist'))) {
  console.error('dist is missing: run `npm run build` first.');
  process.exit(1);
}

check('manifest installs nothing but its two dependencies and runs no script', () => {
  const scripts = ['preinstall', 'install', 'postinstall', 'prepare'].filter(
    (name) => manifest.scripts[name],
  );
  const dependencies = Object.keys(manifest.dependencies).filter(
    (name) => name !== 'eventemitter3' && name !== 'p-queue',
  );
  const required = Object.keys(manifest.peerDependencies ?? {}).filter(
    (name) => manifest.peerDependenciesMeta?.[name]?.optional !== true,
  );
  assertEmpty([
    ...scripts.map((name) => `install script "${name}"`),
    ...dependencies.map((name) => `dependency "${name}"`),
    ...required.map((name) => `peer dependency "${name}" is not optional`),
  ]);
});

check('publint --strict', () => void tool('publint/src/cli.js', ['run', '--strict', project]));

check('attw, esm-only profile', () => {
  tool('@arethetypeswrong/cli/dist/index.js', ['--pack', project, '--profile', 'esm-only', '--no-emoji']);
});

check('declarations name no driver library', () => {
  const dist = join(project, 'dist');
  assertEmpty(
    filesBelow(dist, '.d.ts').flatMap((file) =>
      foreignImports(readFileSync(join(dist, file), 'utf8'))
        .filter((specifier) => {
          const name = packageName(specifier);
          const bound = FRAMEWORKS[file.split('/')[0]];
          return !(specifier.startsWith('node:') || name in manifest.dependencies || name === bound);
        })
        .map((specifier) => `dist/${file} imports "${specifier}"`),
    ),
  );
});

const consumer = mkdtempSync(join(tmpdir(), 'tickmark-consumer-'));
try {
  let installed = false;

  check('the tarball holds what is exported, and neither sources nor tests', () => {
    const [{ filename, files, size }] = JSON.parse(npm(['pack', '--json', '--pack-destination', consumer]));
    const packed = new Set(files.map((file) => file.path));
    const targets = subpaths.flatMap(([, target]) => Object.values(target)).map((path) => path.slice(2));
    assertEmpty([
      ...targets.filter((path) => !packed.has(path)).map((path) => `${path} is exported and not packed`),
      ...['LICENSE', 'README.md'].filter((path) => !packed.has(path)).map((path) => `${path} is not packed`),
      ...[...packed]
        // Docs link to the examples and the API reports.
        .filter(
          (path) =>
            !/^(dist\/|examples\/|api\/|bench\/README\.md$|docs\/([\w-]+\/)*[\w-]+\.md$|[^/]+$)/.test(path),
        )
        .map((path) => `${path} is packed`),
    ]);
    writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }\n');
    npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', `./${filename}`], consumer);
    installed = true;
    return `${files.length} files, ${size} bytes`;
  });

  if (installed) {
    check('installing it brings no peer dependency', () => {
      const peers = Object.keys(manifest.peerDependencies ?? {});
      assertEmpty(peers.filter((name) => existsSync(join(consumer, 'node_modules', name))));
    });

    // A binding to a framework needs the framework; everything else loads with no peer installed.
    const loaded = specifiers.filter((_, index) => !(subpaths[index][0].slice(2) in FRAMEWORKS));
    check(`import and require ${loaded.length} subpaths; a name exported by two is one value`, () => {
      const program = `
        import { createRequire } from 'node:module';
        const require = createRequire(import.meta.url);
        const seen = new Map();
        for (const specifier of ${JSON.stringify(loaded)}) {
          const [imported, required] = [await import(specifier), require(specifier)];
          const names = Object.keys(imported);
          if (names.length === 0) throw new Error(specifier + ' exports nothing');
          for (const name of names) {
            if (required[name] !== imported[name])
              throw new Error(specifier + ': ' + name + ' differs between import and require');
            if (seen.has(name) && seen.get(name) !== imported[name])
              throw new Error(specifier + ' has its own ' + name);
            seen.set(name, imported[name]);
          }
        }
        console.log(seen.size + ' names');`;
      return exec(process.execPath, ['--input-type=module', '-e', program], consumer).trim();
    });

    const compile = (file, selected, options) => {
      const lines = selected.map(
        (specifier, index) => `import * as m${index} from '${specifier}';\nvoid m${index};`,
      );
      writeFileSync(join(consumer, file), `${lines.join('\n')}\n`);
      const strict = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', ...options];
      for (const compiler of COMPILERS) tool(`${compiler}/bin/tsc`, [...strict, file], consumer);
    };
    const nodeTypes = ['--types', 'node', '--typeRoots', join(project, 'node_modules/@types')];

    // Library checks stay on: an error inside our declarations is the consumer's error.
    check('"tickmark" compiles for a browser, without the types of Node', () =>
      compile('browser.ts', [manifest.name], ['--lib', 'es2022,dom', '--typeRoots', 'none']),
    );
    check('every subpath compiles for Node', () =>
      compile('node.ts', loaded, ['--lib', 'es2022', ...nodeTypes]),
    );
    check('every subpath compiles for a bundler', () =>
      compile('bundled.ts', loaded, [
        ...['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022'],
        ...nodeTypes,
      ]),
    );
    check('every subpath compiles from a CommonJS file', () =>
      compile('common.cts', loaded, ['--lib', 'es2022', ...nodeTypes]),
    );

    await checkBrowserBundles(consumer, checkAsync);
  }
} finally {
  rmSync(consumer, { recursive: true, force: true });
}

console.log(failures === 0 ? 'the package is sound' : `${failures} of the package checks did not hold`);
process.exitCode = failures === 0 ? 0 : 1;
