// npm run bench -- --against DIR: the processor time of this checkout beside that of an older one.
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installOnce } from '../../scripts/run-typescript.mjs';
import { alternate, type Outcome, type Side } from './alternation.js';
import { readArguments, WrongInput, type Arguments } from './arguments.js';
import { borrowedBench, checkCheckout, commitOf } from './checkout.js';
import { casesByOrder, startWorker, type ChildOptions } from './child.js';
import { verdictOf, verdictText } from './verdict.js';

const own = fileURLToPath(new URL('../../', import.meta.url));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

/** 0: all is measured and met. 1: a case is not met. 2: wrong input, or a case was not measured. 130: interrupted. */
process.exitCode = await main().catch((error: unknown) => {
  if (interrupted.signal.aborted) return 130;
  const { message, stack } = error as Error;
  process.stderr.write(`${error instanceof WrongInput ? message : stack}\n`);
  return 2;
});

async function main(): Promise<number> {
  const asked = readArguments(process.argv.slice(2));
  // npm runs scripts in the project folder; a path is meant from where npm was called.
  const from = process.env.npm_lifecycle_event === 'bench' ? (process.env.INIT_CWD ?? '.') : '.';
  const against = resolve(from, asked.against);
  checkCheckout(against);
  if ((await installOnce(pathToFileURL(join(against, 'bench/')).href)) !== 0)
    throw new WrongInput(`--against: what its benchmarks need could not be installed in ${against}/bench.`);

  const known = (await casesByOrder(childIn(own, asked)))!;
  const knownThere = await casesByOrder(childIn(against, asked));
  for (const name of asked.cases) {
    if (!known.includes(name))
      throw new WrongInput(`There is no case "${name}". Accepted are ${known.join(' ')}.`);
    if (knownThere !== null && !knownThere.includes(name))
      throw new WrongInput(`${against} has no case "${name}". It has ${knownThere.join(' ')}.`);
  }
  if (knownThere !== null) return compareAll(asked, against, against);
  process.stderr.write(
    `The benchmarks of ${against} cannot work by orders yet: those of this checkout run on its source.\n`,
  );
  const borrowed = borrowedBench(own, against);
  try {
    return await compareAll(asked, against, borrowed.folder);
  } finally {
    borrowed.remove();
  }
}

/** `folder` is where the benchmarks of the older checkout run. */
async function compareAll(asked: Arguments, against: string, folder: string): Promise<number> {
  const { quick, within } = asked;
  const folders: Record<Side, string> = { older: folder, newer: own };
  const commits = { older: commitOf(against), newer: commitOf(own) };
  const cores = cpus().length;
  let code = 0;
  for (const name of asked.cases) {
    const load = loadavg()[0]!;
    if (load > cores)
      process.stderr.write(
        `The machine is busy (load ${load.toFixed(1)} on ${cores} cores): bounds will be wide.\n`,
      );
    const start = (side: Side) => startWorker(name, childIn(folders[side], asked));
    const progress = (text: string) => process.stderr.write(`${name}: ${text}\n`);
    const outcome = await alternate(asked.pairs, start, progress).catch((error: unknown): Outcome => {
      interrupted.signal.throwIfAborted();
      return { failure: (error as Error).message };
    });
    const machine = { node: process.version, cpus: cores, cpu: cpus()[0]?.model ?? 'unknown', load };
    const about = { case: name, quick, commits, machine };
    if ('failure' in outcome) {
      code = 2;
      write(asked.json, { ...about, ...outcome }, `\n${name}: NOT MEASURED: ${outcome.failure}`);
      continue;
    }
    if (!asked.json)
      process.stdout.write(`\n${name}: ${outcome.measured}; ${asked.pairs} pairs of processes\n`);
    for (const part of outcome.parts) {
      const verdict = verdictOf(part, within);
      if (verdict.met === false) code ||= 1;
      const line = {
        ...about,
        measured: outcome.measured,
        ...(within !== undefined && { within }),
        ...verdict,
      };
      write(asked.json, line, verdictText(verdict, within));
    }
  }
  return code;
}

function childIn(folder: string, { quick }: Arguments): ChildOptions {
  return { folder, quick, recordings: join(own, '../shared/wire/replay'), signal: interrupted.signal };
}

function write(isJson: boolean, line: object, text: string): void {
  process.stdout.write(`${isJson ? JSON.stringify(line) : text}\n`);
}
