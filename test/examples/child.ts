import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundled } from '../servers/bundle.js';

/** The project folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** What became of a child process. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What it takes to run a TypeScript file of this project by Node: bundled, which starts sooner, or by the loader that users have. */
export function nodeArguments(file: string, isBundled = true): string[] {
  return isBundled
    ? [bundled(pathToFileURL(join(root, file)), 'without packages')]
    : ['--import', 'tsx', file];
}

/** A program of this project in a process of its own. */
export class Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly outcome: Promise<Outcome>;
  #stdout = '';
  #stderr = '';

  /** @param command what `nodeArguments()` gives. */
  constructor(command: readonly string[], added: NodeJS.ProcessEnv = {}) {
    // What goes into a pipe must be plain without being told so.
    const { NO_COLOR: _, ...inherited } = process.env;
    const env = { ...inherited, ...added };
    this.process = spawn(process.execPath, command, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.outcome = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  /** Settles when stdout holds the text, or the child has ended. */
  async printed(text: string): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#stdout.includes(text)) resolve();
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
