import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The project folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** What became of a child process. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A TypeScript file of this project, run from source as `npm run example` and `npm run quickstart` run it. */
export class Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly outcome: Promise<Outcome>;
  #stdout = '';
  #stderr = '';

  constructor(file: string, args: readonly string[] = [], added: NodeJS.ProcessEnv = {}) {
    // What goes into a pipe must be plain without being told so.
    const { NO_COLOR: _, ...inherited } = process.env;
    const env = { ...inherited, ...added };
    this.process = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
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
  return new Child(file, args, env).outcome;
}
