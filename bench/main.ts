import { cpus, loadavg } from 'node:os';
import { CASES, GROUPS } from './case-list.js';
import type { Bench } from './harness.js';
import { serveWork } from './processor-time.js';
import { isMet, table } from './report.js';

const FLAGS = ['--json', '--quick', '--check', '--list', '--work'];
const given = process.argv.slice(2);
const flags = new Set(given.filter((argument) => argument.startsWith('-')));
const names = given.filter((argument) => !argument.startsWith('-'));
const wrong = [
  ...[...flags].filter((flag) => !FLAGS.includes(flag)),
  ...names.filter((name) => !Object.hasOwn(CASES, name)),
];

if (wrong.length > 0) {
  const accepted = `${FLAGS.join(' ')} and the cases ${Object.keys(CASES).join(' ')}; --within and --pairs go with --against`;
  process.stderr.write(`Not understood: ${wrong.join(' ')}. Accepted: ${accepted}.\n`);
  process.exitCode = 2;
} else if (flags.has('--list')) {
  process.stdout.write(`${Object.keys(CASES).join('\n')}\n`);
} else {
  const wanted = names.length > 0 ? names : Object.keys(CASES);
  // Two checkouts are compared case by case.
  if (flags.has('--work')) for (const name of wanted) await runWork(name, benchOf(name));
  else
    for (const name of new Set(wanted.flatMap((each) => GROUPS[each] ?? each)))
      await runCase(name, benchOf(name));
}

function benchOf(name: string): Bench {
  return {
    quick: flags.has('--quick'),
    progress: (text) => process.stderr.write(`${name}: ${text}\n`),
  };
}

async function runWork(name: string, bench: Bench): Promise<void> {
  await serveWork(bench, name, await CASES[name]!.work(bench));
}

async function runCase(name: string, bench: Bench): Promise<void> {
  const load = loadavg()[0]!;
  const report = await CASES[name]!.compare(bench);
  const unmet = report.ratios.filter((ratio) => !isMet(ratio));
  if (flags.has('--json')) {
    const machine = { node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', load };
    const ratios = report.ratios.map((ratio) =>
      ratio.floor === undefined ? ratio : { ...ratio, met: isMet(ratio) },
    );
    process.stdout.write(
      `${JSON.stringify({ case: name, quick: bench.quick, machine, ...report, ratios })}\n`,
    );
  } else {
    process.stdout.write(`${table(name, report)}\n`);
  }
  if (flags.has('--check') && !report.void && unmet.length > 0) process.exitCode = 1;
}
