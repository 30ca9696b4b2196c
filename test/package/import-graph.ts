import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

/** Source text by path below src, with forward slashes. */
export type SourceTree = ReadonlyMap<string, string>;

interface Part {
  /** Parts of the house it may import, besides itself. */
  readonly parts: readonly string[];
  /** Packages it may import; `node:` stands for every builtin of Node. */
  readonly packages: readonly string[];
}

const DEPENDENCIES = ['eventemitter3', 'p-queue'];
const GROUND = ['core/errors', 'core/clock', 'core/random', 'core/logger'];
const DOMAIN = [...GROUND, 'core/money', 'core/messaging'];
const CORE = [
  ...DOMAIN,
  'core/locking',
  'core/market-data',
  'core/portfolio',
  'core/valuation',
  'core/mark-to-market',
];

const core = (parts: readonly string[]): Part => ({ parts, packages: DEPENDENCIES });
const stream: Part = { parts: [...CORE, 'streams/connection'], packages: [...DEPENDENCIES, 'node:'] };
const adapter: Part = { parts: CORE, packages: [...DEPENDENCIES, 'node:'] };

/** The picture in ARCHITECTURE.md as data: a file or folder that is not here has no place in the house. */
const HOUSE: Readonly<Record<string, Part>> = {
  index: { parts: [...CORE, 'memory', 'mark-to-market'], packages: [] },
  // The composition with its in-memory defaults: beside the index the one place that knows both core and memory.
  'mark-to-market': { parts: [...CORE, 'memory'], packages: [] },
  'core/errors': core(GROUND),
  'core/clock': core(GROUND),
  'core/random': core(GROUND),
  'core/logger': core([]),
  'core/money': core(['core/errors', 'core/clock']),
  'core/messaging': core(['core/errors', 'core/clock', 'core/random']),
  'core/locking': core(['core/errors', 'core/clock']),
  'core/market-data': core(DOMAIN),
  'core/portfolio': core([...DOMAIN, 'core/locking', 'core/market-data']),
  'core/valuation': core([...DOMAIN, 'core/locking', 'core/market-data', 'core/portfolio']),
  'core/mark-to-market': core(CORE),
  memory: core(CORE),
  verify: { parts: [...CORE, 'postgres'], packages: ['node:'] },
  redis: adapter,
  postgres: adapter,
  'streams/connection': { parts: CORE, packages: [...DEPENDENCIES, 'node:'] },
  'streams/websocket': {
    parts: [...CORE, 'streams/connection', 'conformance'],
    packages: [...stream.packages, 'ws'],
  },
  'streams/a-shares': { parts: CORE, packages: [] },
  'streams/sse': { ...stream, parts: [...stream.parts, 'streams/a-shares'] },
  'streams/polling': { ...stream, parts: [...stream.parts, 'streams/a-shares'] },
  'streams/kafka': stream,
  'streams/replay': stream,
  conformance: { parts: CORE, packages: ['node:'] },
  protocol: { parts: CORE, packages: [] },
  gateway: { parts: [...CORE, 'protocol'], packages: [...DEPENDENCIES, 'node:'] },
  // The two parts of streams that are small, pure and the same here: how long to wait, and how an event stream is read.
  client: { parts: [...CORE, 'protocol', 'streams/connection', 'streams/sse'], packages: [] },
  vue: { parts: ['client'], packages: ['vue'] },
  react: { parts: ['client'], packages: ['react'] },
};

const DUMPING_GROUND = /^(utils?|helpers?|common|lib|shared|misc|types)$/;

/** Reads every TypeScript file below a folder. */
export function readSourceTree(folder: URL): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.tsx?$/.test(path))
    .sort();
  return new Map(paths.map((path) => [path, readFileSync(new URL(path, folder), 'utf8')]));
}

const known = new Map<string, readonly string[]>();

/** Every module a file names: static, type-only, re-exported, dynamic, required, or in a reference directive. */
export function importsOf(text: string): readonly string[] {
  let names = known.get(text);
  if (names === undefined) {
    const found = ts.preProcessFile(text, true, true);
    names = [...found.importedFiles, ...found.typeReferenceDirectives, ...found.referencedFiles].map(
      (each) => each.fileName,
    );
    known.set(text, names);
  }
  return names;
}

/** `core/money/decimal.ts` is in the part `core/money`, `core/clock.ts` in `core/clock`, `redis/lock.ts` in `redis`. */
function partOf(path: string): string {
  const [first, second] = path.replace(/\.tsx?$/, '').split('/');
  return (first === 'core' || first === 'streams') && second !== undefined ? `${first}/${second}` : first!;
}

/** The file of the tree that a relative import leads to. */
export function resolveImport(from: string, specifier: string, tree: SourceTree): string | undefined {
  if (!specifier.endsWith('.js')) return undefined;
  const stem = posix.join(posix.dirname(from), specifier).slice(0, -'.js'.length);
  return [`${stem}.ts`, `${stem}.tsx`].find((path) => tree.has(path));
}

const isPackageAllowed = (specifier: string, allowed: readonly string[]): boolean =>
  allowed.some((name) =>
    name === 'node:' ? specifier.startsWith('node:') : specifier === name || specifier.startsWith(`${name}/`),
  );

function problemOf(path: string, specifier: string, tree: SourceTree): string | undefined {
  const part = partOf(path);
  const rule = HOUSE[part]!;
  if (!specifier.startsWith('.')) {
    return isPackageAllowed(specifier, rule.packages) ? undefined : `${path} imports "${specifier}"`;
  }
  const target = resolveImport(path, specifier, tree);
  if (target === undefined) return `${path} imports "${specifier}", which is no file of src written with .js`;
  const into = partOf(target);
  return into === part || rule.parts.includes(into)
    ? undefined
    : `${path} imports ${target}: ${part} → ${into}`;
}

/** Imports that run against the arrows of the house, and files that have no place in it. */
export function misdirected(tree: SourceTree): string[] {
  return [...tree].flatMap(([path, text]) =>
    Object.hasOwn(HOUSE, partOf(path))
      ? importsOf(text)
          .map((specifier) => problemOf(path, specifier, tree))
          .filter((problem) => problem !== undefined)
      : [`${path} has no place in the house: ${partOf(path)}`],
  );
}

/** Files and folders named for nothing in particular. */
export function dumpingGrounds(tree: SourceTree): string[] {
  return [...tree.keys()].filter((path) =>
    path.split('/').some((segment) => DUMPING_GROUND.test(segment.replace(/\.tsx?$/, ''))),
  );
}

/** Circles of files that import each other, types included, each as `a.ts → b.ts → a.ts`. */
export function cycles(tree: SourceTree): string[] {
  const found: string[] = [];
  const finished = new Set<string>();
  const trail: string[] = [];

  const visit = (path: string): void => {
    if (finished.has(path)) return;
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path].join(' → '));
      return;
    }
    trail.push(path);
    for (const specifier of importsOf(tree.get(path)!)) {
      const target = specifier.startsWith('.') ? resolveImport(path, specifier, tree) : undefined;
      if (target !== undefined) visit(target);
    }
    trail.pop();
    finished.add(path);
  };

  for (const path of tree.keys()) visit(path);
  return found;
}
