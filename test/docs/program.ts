import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { Child, nodeArguments, root } from '../examples/child.js';
import { ownFolder } from '../servers/janitor.js';

const folders = new Map<string, string>();
let count = 0;

/**
 * Runs a program of the documentation and expects that it ends with 0 and prints something.
 * @param parent Where it finds its packages: a folder inside the project, so that the compiler's paths lead `tickmark` to the sources.
 */
export async function expectToRun(text: string, env: NodeJS.ProcessEnv = {}, parent = root): Promise<void> {
  const folder = folders.get(parent) ?? ownFolder('docs', undefined, parent);
  folders.set(parent, folder);
  const file = join(folder, `program-${count++}.ts`);
  writeFileSync(file, text);
  const offline = ['--import', './test/docs/loopback-only.mjs'];
  // A bundle would not find the packages of another folder.
  const program = nodeArguments(relative(root, file), parent === root);
  const { code, stdout, stderr } = await new Child([...offline, ...program], env).outcome;
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).not.toBe('');
}
