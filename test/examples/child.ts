import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundled } from '../servers/bundle.js';
import { ownChild } from '../servers/janitor.js';

/** The project folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** How a child process ended, and what it wrote. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** WebAssembly is compiled once and quickly, not again for speed: a PGlite starts on half of the processor time. */
const NODE_FLAGS = ['--liftoff-only'];

/** The arguments that make Node run a TypeScript file of this project: bundled, which starts sooner, or by the loader that users have. */
export function nodeArguments(file: string, isBundled = true): string[] {
  return isBundled
    ? [...NODE_FLAGS, bundled(pathToFileURL(join(root, file)), 'without packages')]
    : ['--import', 'tsx', file];
}

/** A program of this project in a process of its own, which does not outlive this one. */
export class Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly outcome: Promise<Outcome>;
  #stdout = '';
  #stderr = '';

  /** @param command what `nodeArguments()` gives. */
  constructor(command: readonly string[], added: NodeJS.ProcessEnv = {}) {
    // Output into a pipe must be plain without being told so, and no child may take itself for a part of this test run.
    const { NO_COLOR: _color, NODE_TEST_CONTEXT: _context, VITEST: _vitest, ...inherited } = process.env;
    const env = { ...inherited, ...added };
    this.process = ownChild(
      spawn(process.execPath, command, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.outcome = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  /** What it has written so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Settles when stdout contains one of the texts, or the child has ended. */
  async printed(...texts: readonly string[]): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      const look = (): void => {
        if (texts.some((text) => this.#stdout.includes(text))) resolve();
      };
      this.process.stdout.on('data', look);
      look();
    });
    await Promise.race([heard, this.outcome]);
  }
}

/** Runs a file to its end, with variables added to the environment. */
export function run(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  return new Child([...nodeArguments(file), ...args], env).outcome;
}
