import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { HOUSE, roomOf } from './house.js';

/** Source text by path below src, with forward slashes. */
export type SourceTree = ReadonlyMap<string, string>;

const DUMPING_GROUND = /^(utils?|helpers?|common|lib|shared|misc|types)$/;

/** Reads every TypeScript file below a folder, but for packages that tests have installed. */
export function readSourceTree(folder: URL): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('node_modules/'))
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
  const part = roomOf(path);
  const rule = HOUSE[part]!;
  if (!specifier.startsWith('.')) {
    return isPackageAllowed(specifier, rule.packages) ? undefined : `${path} imports "${specifier}"`;
  }
  const target = resolveImport(path, specifier, tree);
  if (target === undefined) return `${path} imports "${specifier}", which is no file of src written with .js`;
  const into = roomOf(target);
  return into === part || rule.rooms.includes(into)
    ? undefined
    : `${path} imports ${target}: ${part} → ${into}`;
}

/** Imports that run against the arrows of the house, and files that have no place in it. */
export function misdirected(tree: SourceTree): string[] {
  return [...tree].flatMap(([path, text]) =>
    Object.hasOwn(HOUSE, roomOf(path))
      ? importsOf(text)
          .map((specifier) => problemOf(path, specifier, tree))
          .filter((problem) => problem !== undefined)
      : [`${path} has no place in the house: ${roomOf(path)}`],
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
