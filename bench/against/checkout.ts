import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { WrongInput } from './arguments.js';

/** Fails with {@link WrongInput} unless a folder is a checkout of this project that is ready to run. */
export function checkCheckout(folder: string): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new WrongInput(`--against: ${folder} is not a folder.`);
  if (nameOf(folder) !== 'tickmark' || !['src', 'bench/main.ts'].every((path) => isIn(folder, path)))
    throw new WrongInput(`--against: ${folder} is not a checkout of tickmark.`);
  if (!isIn(folder, 'node_modules/tsx'))
    throw new WrongInput(`--against: ${folder} has no node_modules. Run "npm ci" there first.`);
}

/** The commit of a checkout, with `-dirty` where files differ from it; `null` where git cannot tell. */
export function commitOf(folder: string): string | null {
  try {
    const args = ['-C', folder, 'describe', '--always', '--dirty', '--exclude=*'];
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/**
 * A folder in which the benchmarks of one checkout run on the source and the packages of another: for checkouts whose own benchmarks
 * cannot work by orders yet.
 */
export function borrowedBench(own: string, older: string): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'tickmark-bench-'));
  // A copy, since node takes imports from where a file really lies.
  cpSync(join(own, 'bench'), join(folder, 'bench'), {
    recursive: true,
    filter: (path) => basename(path) !== 'node_modules',
  });
  symlinkSync(join(own, 'bench/node_modules'), join(folder, 'bench/node_modules'), 'junction');
  for (const path of ['src', 'node_modules']) symlinkSync(join(older, path), join(folder, path), 'junction');
  for (const file of ['package.json', 'tsconfig.json']) cpSync(join(older, file), join(folder, file));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function nameOf(folder: string): unknown {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown }).name;
  } catch {
    return undefined;
  }
}

function isIn(folder: string, path: string): boolean {
  return existsSync(join(folder, path));
}
