import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { Child, nodeArguments, root } from '../examples/child.js';
import { ownFolder } from '../servers/janitor.js';

let folder: string | undefined;
let count = 0;

/** Runs a program of the documentation and expects that it ends with 0 and prints something. */
export async function expectToRun(text: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  // Inside the project, so that the compiler's paths lead `tickmark` to the sources.
  folder ??= ownFolder('docs', undefined, root);
  const file = join(folder, `program-${count++}.ts`);
  writeFileSync(file, text);
  const offline = ['--import', './test/docs/loopback-only.mjs'];
  const { code, stdout, stderr } = await new Child([...offline, ...nodeArguments(relative(root, file))], env)
    .outcome;
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).not.toBe('');
}
