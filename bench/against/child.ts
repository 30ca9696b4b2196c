import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ProcessorTimeReport } from '../processor-time.js';

const SAID_LAST = 15;

/** Runs the benchmarks of a folder in a child process, which `signal` ends; answers how it ended and what it wrote. */
export function runBench(
  folder: string,
  args: readonly string[],
  signal: AbortSignal,
  recordings: string,
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', 'bench/main.ts', '--processor-time', ...args],
      {
        cwd: folder,
        env: { TICKMARK_BENCH_RECORDINGS: recordings, ...process.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        signal,
      },
    );
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (err += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

/** Measures a case once in a process of its own; throws with what the child said last when it fails. */
export async function measureOnce(
  folder: string,
  name: string,
  quick: boolean,
  signal: AbortSignal,
  recordings: string,
): Promise<ProcessorTimeReport> {
  const args = quick ? ['--quick', name] : [name];
  const { code, out, err } = await runBench(folder, args, signal, recordings);
  const line = out.split('\n').find((each) => each.startsWith('{'));
  if (code === 0 && line !== undefined) return JSON.parse(line) as ProcessorTimeReport;
  const said = err.trimEnd().split('\n').slice(-SAID_LAST).join('\n');
  throw new Error(`bench/main.ts in ${folder} ended with code ${code} and no result:\n${said}`);
}

/** Cases whose processor time the benchmarks of a folder can tell; `null` where they do not know how, as those of old checkouts. */
export async function measurableCases(folder: string, signal: AbortSignal): Promise<string[] | null> {
  const { code, out, err } = await runBench(folder, ['--list'], signal, join(folder, '..'));
  if (code === 0) return out.trim().split('\n');
  if (code === 2 && err.includes('Not understood: --processor-time')) return null;
  throw new Error(`bench/main.ts in ${folder} cannot run:\n${err.trimEnd()}`);
}
