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

/** Compiles WebAssembly once, without optimizing it later: PGlite then starts in half of the processor time. */
const NODE_FLAGS = ['--liftoff-only'];

/** The arguments with which Node runs a TypeScript file of this project: bundled, which starts faster, or with the loader that users have. */
export function nodeArguments(file: string, isBundled = true): string[] {
  return isBundled
    ? [...NODE_FLAGS, bundled(pathToFileURL(join(root, file)), 'without packages')]
    : ['--import', 'tsx', file];
}

/** A program of this project in a process of its own, which ends with this one at the latest. */
export class Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly outcome: Promise<Outcome>;
  #stdout = '';
  #stderr = '';

  /** @param command the result of `nodeArguments()`. */
  constructor(command: readonly string[], added: NodeJS.ProcessEnv = {}) {
    // A program must print plain text into a pipe by itself, and must not behave as a part of this test run.
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

  /** Resolves when stdout contains one of the strings, or the child has ended. */
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

/** Runs a file to its end, with additional environment variables. */
export function run(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  return new Child([...nodeArguments(file), ...args], env).outcome;
}
