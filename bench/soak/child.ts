import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A process of the soak test, that answers one order after the other. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;

  /** @param file beside this one. */
  constructor(file: string, args: readonly string[]) {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    this.#name = file;
    this.#process = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
      execArgv: ['--expose-gc', '--import', tsx],
    });
  }

  /** Gives an order, and waits for its answer. Rejects when the process ends instead. */
  async ask<Answer>(order: string): Promise<Answer> {
    const settled = new AbortController();
    const { signal } = settled;
    const answer = once(this.#process, 'message', { signal }) as Promise<[Answer]>;
    const exit = once(this.#process, 'exit', { signal }).then(([code]): never => {
      throw new Error(`${this.#name} has ended with ${String(code)} at "${order}".`);
    });
    this.#process.send(order);
    try {
      return (await Promise.race([answer, exit]))[0];
    } finally {
      settled.abort();
      await Promise.allSettled([answer, exit]);
    }
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.kill();
    await once(this.#process, 'exit');
  }
}

/** In such a process: what each order does. */
export function answerOrders(orders: Readonly<Record<string, () => unknown>>): void {
  process.on('message', (order: string) => {
    void (async () => {
      process.send!((await orders[order]!()) ?? null);
    })();
  });
  process.on('disconnect', () => process.exit(0));
}
