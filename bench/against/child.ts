import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { MeasuredRound, WorkOffer } from '../processor-time.js';
import type { Worker } from './alternation.js';

/** How children run. */
export interface ChildOptions {
  /** The folder whose `bench/main.ts` runs. */
  readonly folder: string;
  readonly quick: boolean;
  /** Where `replay` finds its recording. */
  readonly recordings: string;
  /** Ends them. */
  readonly signal: AbortSignal;
}

const SAID_LAST = 15;

/** Starts the benchmarks of a folder in a process that does the work of a case by orders; waits until it is ready. */
export async function startWorker(name: string, options: ChildOptions): Promise<Worker> {
  const { child, ended } = start(options.quick ? ['--quick', name] : [name], options);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (!done) return JSON.parse(value);
    const { code, err } = await ended;
    throw failed(options.folder, code, err);
  };
  const order = (text: string): Promise<unknown> => {
    child.stdin.write(`${text}\n`);
    return answer();
  };
  const offer = (await answer()) as WorkOffer;
  return {
    offer,
    round: (part) => order(`${part}`) as Promise<MeasuredRound>,
    collect: async () => void (await order('collect')),
    async close() {
      child.stdin.end();
      const { code, err } = await ended;
      if (code !== 0) throw failed(options.folder, code, err);
    },
  };
}

/** Cases whose work the benchmarks of a folder can do by orders; `null` where they do not know how, as those of old checkouts. */
export async function casesByOrder(options: ChildOptions): Promise<string[] | null> {
  const { child, ended } = start(['--list'], options);
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text));
  const { code, err } = await ended;
  if (code === 0) return out.trim().split('\n');
  if (code === 2 && err.includes('Not understood: --work')) return null;
  throw failed(options.folder, code, err);
}

function start(args: readonly string[], { folder, recordings, signal }: ChildOptions) {
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', 'bench/main.ts', '--work', ...args],
    { cwd: folder, env: { TICKMARK_BENCH_RECORDINGS: recordings, ...process.env }, signal },
  );
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (err += text));
  // An order to a process that has just ended: its exit tells more.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, err }));
  // Who waits for an answer hears of it; nobody may be waiting.
  ended.catch(() => undefined);
  return { child, ended };
}

function failed(folder: string, code: number | null, err: string): Error {
  const said = err.trimEnd().split('\n').slice(-SAID_LAST).join('\n');
  return new Error(`bench/main.ts in ${folder} ended with code ${code}:\n${said}`);
}
