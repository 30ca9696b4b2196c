import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Child, root } from '../examples/child.js';
import { folderOf, type Framework } from './frameworks.js';

const BINARIES: Readonly<Record<Framework, string>> = { next: 'dist/bin/next', nuxt: 'bin/nuxt.mjs' };

/** The development server of a sample: it also tells what a page hydrates wrongly. */
export class FrameworkApp {
  readonly origin: string;
  readonly #child: Child;

  private constructor(child: Child, origin: string) {
    this.#child = child;
    this.origin = origin;
  }

  /** @param env What the sample reads. */
  static async start(framework: Framework, env: NodeJS.ProcessEnv): Promise<FrameworkApp> {
    const folder = folderOf(framework);
    // As npm would install it: a link to this project would find a second Vue there.
    const installed = join(folder, 'node_modules/tickmark');
    rmSync(installed, { recursive: true, force: true });
    for (const part of ['package.json', 'dist'])
      cpSync(join(root, part), join(installed, part), { recursive: true });
    const program = join(folder, 'node_modules', framework, BINARIES[framework]);
    const host = framework === 'next' ? '--hostname' : '--host';
    const child = new Child([program, 'dev', folder, host, '127.0.0.1', '--port', '0'], {
      ...env,
      // Of this test run: with these, servers say nothing.
      NODE_ENV: undefined,
      TEST: undefined,
      // Nothing goes to the network.
      NEXT_TELEMETRY_DISABLED: '1',
      NUXT_TELEMETRY_DISABLED: '1',
    });
    await child.printed('http://127.0.0.1:');
    const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(child.stdout) ?? [];
    if (origin === undefined) throw new Error(`${framework} did not start: ${await said(child)}`);
    return new FrameworkApp(child, origin);
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#child.stdout;
  }

  async close(): Promise<void> {
    this.#child.process.kill('SIGTERM');
    await this.#child.outcome;
  }
}

async function said(child: Child): Promise<string> {
  child.process.kill('SIGTERM');
  const { stdout, stderr } = await child.outcome;
  return stdout + stderr;
}
