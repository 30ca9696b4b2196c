// A process of the cluster, seen from its parent.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkerReport } from './settings.js';

type Role = 'ingest' | 'worker' | 'standby' | 'gateway';

export class Member {
  readonly role: Role;
  readonly name: string;
  /** What a worker said last; `null` before its first word. */
  report: WorkerReport | null = null;
  state: 'runs' | 'frozen' | 'ended' = 'runs';
  readonly #child: ChildProcess;

  constructor(role: Role, name: string) {
    this.role = role;
    this.name = name;
    const program = role === 'standby' ? 'worker' : role;
    this.#child = fork(fileURLToPath(new URL(`${program}.ts`, import.meta.url)), [role], {
      execArgv: ['--import', 'tsx'],
    });
    this.#child.on('exit', () => (this.state = 'ended'));
    if (program === 'worker') this.#child.on('message', (report) => (this.report = report as WorkerReport));
  }

  /** The next message of the process. */
  async message<Message>(): Promise<Message> {
    const [message] = (await once(this.#child, 'message')) as [Message];
    return message;
  }

  kill(): void {
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGKILL');
  }

  freeze(): void {
    this.state = 'frozen';
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    if (this.state === 'frozen') this.state = 'runs';
    this.#child.kill('SIGCONT');
  }

  /** Asks it to end, and waits for that. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.resume();
    this.#child.kill('SIGTERM');
    await ended;
  }
}
