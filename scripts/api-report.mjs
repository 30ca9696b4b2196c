// The public surface of each subpath as text, in api/, so that a review sees each change of it. Without arguments the reports are written;
// --check fails where one is not current, where a public signature mentions what nobody can import, and where a subpath exports too much.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { structuredPatch } from 'diff';
import ts from 'typescript';

/** The most names that a subpath may export. */
const CEILINGS = { '.': 106 };

/** Lines of a difference that are printed for each report. */
const LINES_SHOWN = 20;

// The extractor has a compiler of its own, whose numbers of syntax kinds may differ.
const extractorTs = createRequire(createRequire(import.meta.url).resolve('@microsoft/api-extractor'))(
  'typescript',
);

/** The message, when the extractor finds that a signature mentions a symbol that its own entry does not export. */
const FORGOTTEN = /^The symbol "(.+)" needs to be exported/;

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    // Another folder with a package.json and a tsconfig.json, for tests.
    project: { type: 'string', default: fileURLToPath(new URL('../', import.meta.url)) },
  },
});
const project = resolve(options.project).replaceAll('\\', '/');
const reports = join(project, 'api');

/** The subpaths of package.json, each with its source by the paths of tsconfig.json; test/package/exports.test.ts compares them with the build. */
function subpathEntries() {
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const { paths } = ts.readConfigFile(join(project, 'tsconfig.json'), ts.sys.readFile).config.compilerOptions;
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target !== 'string')
    .map(([subpath]) => {
      const specifier = manifest.name + subpath.slice(1);
      const source = paths[specifier]?.[0];
      if (!source)
        throw new Error(`tsconfig.json has no path for "${specifier}", which package.json exports.`);
      const name =
        subpath === '.' ? manifest.name.replace(/^@.*\//, '') : subpath.slice(2).replaceAll('/', '-');
      return { subpath, specifier, source: join(project, source), file: `${name}.api.md` };
    });
}

/** Writes the declarations of the entries and of all that they import into a folder, with the paths that the sources have. */
function emitDeclarations(entries, folder) {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(project, 'tsconfig.json'),
    {
      declaration: true,
      emitDeclarationOnly: true,
      noEmit: false,
      // `npm run typecheck` has the errors.
      noCheck: true,
      rootDir: project,
      outDir: folder,
    },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (problem) => failOn([problem]) },
  );
  const program = ts.createProgram(
    entries.map(({ source }) => source),
    config.options,
  );
  failOn(program.emit().diagnostics);
}

function failOn(diagnostics) {
  if (diagnostics.length === 0) return;
  const host = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => project,
    getNewLine: () => '\n',
  };
  throw new Error(ts.formatDiagnostics(diagnostics, host));
}

/** Runs the extractor over the declarations of an entry. */
function extract(entry, folder, compilerState) {
  const messages = [];
  const problems = [];
  Extractor.invoke(configOf(entry, folder), {
    compilerState,
    localBuild: true,
    messageCallback(message) {
      if (message.messageId === 'ae-forgotten-export') messages.push(message);
      else if (message.category === 'Compiler') problems.push(message.text);
      message.handled = true;
    },
  });
  if (problems.length > 0) throw new Error(`${entry.specifier}: ${problems.join('\n')}`);
  // What npm run docs asks for is not asked for again.
  const text = readFileSync(join(folder, entry.file), 'utf8')
    .replace(/^(## API Report File for ).*/, `$1"${entry.specifier}"`)
    .replace('// (No @packageDocumentation comment for this package)\n\n', '')
    .replaceAll(/^ *\/\/ \(undocumented\)\n/gm, '')
    .replaceAll(/^( *\/\/ .*) \(undocumented\)$/gm, '$1');
  return { text, messages };
}

const none = { logLevel: 'none' };

function configOf({ declarations, file }, folder) {
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(project, 'package.json'),
    configObject: {
      projectFolder: project,
      mainEntryPointFilePath: declarations,
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(folder, 'tsconfig.json') },
      apiReport: { enabled: true, reportFileName: file, reportFolder: folder, reportTempFolder: folder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'error' } },
        extractorMessageReporting: { default: none },
        tsdocMessageReporting: { default: none },
      },
    },
  });
}

/** What the entries export together, and where a message points to. */
class Surface {
  #program;
  #checker;
  #folder;
  #exported = new Set();

  constructor(program, folder) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#folder = folder;
  }

  /** Adds the exports of an entry, and answers how many there are. */
  add({ declarations }) {
    const file = this.#program.getSourceFile(declarations);
    const symbols = this.#checker.getExportsOfModule(this.#checker.getSymbolAtLocation(file));
    for (const symbol of symbols) this.#exported.add(this.#aliased(symbol));
    return symbols.length;
  }

  /** The symbol of a message and what mentions it, or undefined when an entry exports it. */
  forgotten({ text, sourceFilePath, sourceFileLine, sourceFileColumn }) {
    const [, name] = FORGOTTEN.exec(text) ?? [undefined, text];
    const file = this.#program.getSourceFile(sourceFilePath);
    const position = file.getPositionOfLineAndCharacter(sourceFileLine - 1, sourceFileColumn - 1);
    const mention = outermostAt(file, position);
    const mentioned = this.#mentionedBy(mention, name);
    const symbol = mentioned.find((each) => !this.#exported.has(each));
    if (!symbol && mentioned.length > 0) return undefined;
    const where = symbol ? this.#sourceOf(symbol.declarations[0].getSourceFile()) : 'an unknown file';
    return {
      name: `${symbol?.name ?? name} (${where})`,
      mention: `${qualifiedName(mention)} (${this.#sourceOf(file)})`,
    };
  }

  /** The symbols that a declaration mentions by a name. Where two have the same, the extractor adds a number to it. */
  #mentionedBy(declaration, name) {
    const symbols = [];
    const visit = (node) => {
      const symbol = extractorTs.isIdentifier(node) && this.#checker.getSymbolAtLocation(node);
      if (symbol) symbols.push(this.#aliased(symbol));
      extractorTs.forEachChild(node, visit);
    };
    visit(declaration);
    // Not members and parameters, which may have the same name.
    const named = (wanted) => symbols.filter((symbol) => symbol.name === wanted && isTopLevel(symbol));
    const exact = named(name);
    return exact.length > 0 ? exact : named(name.replace(/_\d+$/, ''));
  }

  #aliased(symbol) {
    return symbol.flags & extractorTs.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #sourceOf({ fileName }) {
    const path = relative(this.#folder, fileName).replaceAll('\\', '/');
    const source = path.replace(/\.d\.ts$/, '.ts');
    return existsSync(join(project, source)) ? source : `${source}x`;
  }
}

function isTopLevel({ declarations = [] }) {
  const statement = ({ parent }) =>
    extractorTs.isVariableDeclarationList(parent) ? parent.parent.parent : parent;
  return declarations.some((declaration) => extractorTs.isSourceFile(statement(declaration)));
}

/** The declaration that starts at a position: the outermost node that does. */
function outermostAt(file, position) {
  let node = file;
  while (node === file || node.kind === extractorTs.SyntaxKind.SyntaxList || node.getStart() !== position) {
    const child = node.getChildren().find((each) => each.getStart() <= position && position < each.end);
    if (!child) return node;
    node = child;
  }
  return node;
}

function qualifiedName(declaration) {
  const names = [];
  for (let node = declaration; node; node = node.parent) {
    if (extractorTs.isConstructorDeclaration(node)) names.unshift('constructor');
    else if (node.name) names.unshift(node.name.getText());
  }
  return names.join('.') || declaration.getText().split('\n')[0];
}

/** How the report in the repository differs from the current one: a line with counts, and the first lines of the difference. */
function difference(file, current) {
  const path = join(reports, file);
  if (!existsSync(path)) return [`api/${file} is missing`];
  const committed = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  const { hunks } = structuredPatch(file, file, committed, current, '', '', { context: 1 });
  const lines = hunks.flatMap(({ lines: changed, newStart }) => [`@@ line ${newStart}`, ...changed]);
  if (lines.length === 0) return [];
  const count = (sign) => lines.filter((line) => line.startsWith(sign)).length;
  const rest = lines.length - LINES_SHOWN;
  return [
    `api/${file} is not current: +${count('+')} -${count('-')}`,
    ...lines.slice(0, LINES_SHOWN).map((line) => `    ${line}`),
    ...(rest > 0 ? [`    ... and ${rest} more lines`] : []),
  ];
}

const started = performance.now();
const progress = (text) =>
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`);

const entries = subpathEntries();
const failures = [];
const outdated = [];
const forgottenNames = new Set();
mkdirSync(reports, { recursive: true });
// Inside the project, so that the compiler finds the packages that the declarations import.
const folder = mkdtempSync(join(reports, '.declarations-')).replaceAll('\\', '/');
try {
  emitDeclarations(entries, folder);
  progress(`declarations of ${entries.length} subpaths written`);
  for (const entry of entries) {
    const path = relative(project, entry.source).replaceAll('\\', '/');
    entry.declarations = `${folder}/${path.replace(/\.tsx?$/, '.d.ts')}`;
  }
  const files = entries.map(({ declarations }) => declarations);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', files }));
  // One program for all entries: reading takes longest, and a symbol is the same object in each entry that exports it.
  const compilerState = CompilerState.create(configOf(entries[0], folder));
  const surface = new Surface(compilerState.program, folder);
  for (const entry of entries) entry.count = surface.add(entry);
  progress('declarations read');

  for (const entry of entries) {
    const { specifier, count, file } = entry;
    const { text, messages } = extract(entry, folder, compilerState);
    const found = messages.map((message) => surface.forgotten(message)).filter(Boolean);
    const forgotten = [...new Map(found.map((each) => [each.name, each])).values()];
    progress(
      `${specifier}: ${count} exports${forgotten.length > 0 ? `, ${forgotten.length} forgotten` : ''}`,
    );
    for (const { name, mention } of forgotten) {
      forgottenNames.add(name);
      failures.push(`${specifier}: no subpath exports ${name}, mentioned by ${mention}`);
    }
    const ceiling = CEILINGS[entry.subpath] ?? Infinity;
    if (count > ceiling)
      failures.push(`${specifier}: ${count} exports, over the ceiling of ${ceiling} by ${count - ceiling}`);
    if (options.check) outdated.push(...difference(file, text));
    else writeFileSync(join(reports, file), text);
  }
  const current = new Set(entries.map(({ file }) => file));
  for (const file of readdirSync(reports).filter((name) => name.endsWith('.api.md') && !current.has(name))) {
    if (options.check) outdated.push(`api/${file} belongs to no entry of the exports in package.json`);
    else rmSync(join(reports, file));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

for (const line of failures) console.error(line);
if (forgottenNames.size > 0)
  console.error(`mentioned by public signatures, and exported by no subpath: ${forgottenNames.size}`);
for (const line of outdated) console.error(line);
if (outdated.length > 0) console.error('`npm run api` writes the reports; commit them with the change.');
if (options.check && failures.length + outdated.length > 0) process.exitCode = 1;
