import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { HUNG_AFTER_MS, pause } from '../waiting.js';
import { ownChild } from './janitor.js';

/** A server that tests can reach. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** A program of a server, started again under the same address as often as a test likes. */
export class ServerProcess {
  readonly #command: readonly [program: string, ...args: string[]];
  readonly #options: SpawnOptions;
  readonly #isReady: (output: string) => boolean;
  #child: ChildProcess | null = null;
  #output = '';

  /** @param isReady Whether the server's output since its start says that it takes connections. */
  constructor(
    command: readonly [program: string, ...args: string[]],
    options: SpawnOptions,
    isReady: (output: string) => boolean,
  ) {
    this.#command = command;
    this.#options = options;
    this.#isReady = isReady;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** Settles when the server takes connections. */
  async start(): Promise<void> {
    for (const deadline = performance.now() + HUNG_AFTER_MS; ;) {
      if (await this.#tryToStart()) return;
      // What a killed server has left behind (a lock file, shared memory) may take a moment to go.
      if (performance.now() > deadline)
        throw new Error(`${this.#command[0]} did not start:\n${this.#output}`);
      await pause(100);
    }
  }

  /** Sends a signal, and waits for the end where the signal ends a process. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended;
  }

  #tryToStart(): Promise<boolean> {
    if (this.#child) throw new Error(`${this.#command[0]} is running already.`);
    const [program, ...args] = this.#command;
    const child = ownChild(spawn(program, args, { ...this.#options, stdio: ['ignore', 'pipe', 'pipe'] }));
    this.#child = child;
    this.#output = '';
    return new Promise((resolve) => {
      const hear = (chunk: Buffer): void => {
        this.#output = (this.#output + chunk.toString()).slice(-20_000);
        if (this.#isReady(this.#output)) resolve(true);
      };
      const ended = (): void => {
        if (this.#child === child) this.#child = null;
        resolve(false);
      };
      child.stdout!.on('data', hear);
      child.stderr!.on('data', hear);
      child.on('error', ended);
      child.on('exit', ended);
    });
  }
}

/** Where a program lies, or `null`. */
export function findProgram(name: string, folders: readonly string[] = []): string | null {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...folders]) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** `<parent>/<each version>/bin`, newest first. */
export function versionFolders(parent: string): string[] {
  try {
    const versions = readdirSync(parent).sort((a, b) => Number.parseFloat(b) - Number.parseFloat(a));
    return versions.map((version) => join(parent, version, 'bin'));
  } catch {
    return [];
  }
}

/**
 * A port of 127.0.0.1 that nobody listens on. Below those that systems give to outgoing connections (from 32,768), one of which could take
 * it before the server does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    const server = createServer();
    const outcome = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      server.once('error', resolve).listen(port, '127.0.0.1', () => resolve(null));
    });
    if (outcome === null) {
      server.close();
      await once(server, 'close');
      return port;
    }
    if (outcome.code !== 'EADDRINUSE') throw outcome;
  }
}
