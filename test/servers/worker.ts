import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bundled } from './bundle.js';
import { ownChild } from './janitor.js';

/** A TypeScript program in a process of its own. It speaks to the test in lines of JSON; see `worker-link.ts`. */
export interface Worker<Told, Heard> {
  readonly pid: number;
  /** The next message from it, in order. @throws when it ended before. */
  next(): Promise<Heard>;
  /** Gives it a message. */
  send(message: Told): void;
  /** Tells it that no message follows. */
  end(): void;
  /** Ends it (default SIGKILL) and waits for that. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Freezes it (SIGSTOP). */
  pause(): void;
  /** Lets it go on (SIGCONT). */
  resume(): void;
  /** How it ended. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** What it wrote to stderr so far. */
  readonly stderr: string;
}

/**
 * Starts a program, bundled with the sources of tickmark under its public names. It does not outlive this process.
 * @param args What `workerLink()` gives the program as `args`.
 * @param bundle The bundle, where it is made in another way.
 */
export function worker<Told = unknown, Heard = unknown>(
  file: URL,
  args: unknown = null,
  bundle = bundled(file, 'with packages'),
): Worker<Told, Heard> {
  const command = [bundle, JSON.stringify(args)];
  const child = ownChild(
    spawn(process.execPath, command, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    }),
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // A message to a program that has just ended is no failure of the test.
  child.stdin.on('error', () => undefined);
  const messages = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return {
    pid: child.pid!,
    exited,
    get stderr() {
      return stderr;
    },
    async next() {
      const { value, done } = await messages.next();
      if (!done) return JSON.parse(value) as Heard;
      const { code, signal } = await exited;
      throw new Error(
        `${fileURLToPath(file)} ended (${signal ?? code}) without a further message:\n${stderr}`,
      );
    },
    send: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    end: () => void child.stdin.end(),
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await exited;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}
