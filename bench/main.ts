import { cpus, loadavg } from 'node:os';
import { durable } from './cases/durable.js';
import { exact } from './cases/exact.js';
import { fanout } from './cases/fanout.js';
import { ingest } from './cases/ingest.js';
import { latency } from './cases/latency.js';
import { lock } from './cases/lock.js';
import { parse } from './cases/parse.js';
import { pipeline } from './cases/pipeline.js';
import { publish } from './cases/publish.js';
import { replay } from './cases/replay.js';
import { save } from './cases/save.js';
import { socket } from './cases/socket.js';
import { valuation } from './cases/valuation.js';
import type { Bench } from './harness.js';
import { isMet, table, type CaseReport } from './report.js';

const CASES: Readonly<Record<string, (bench: Bench) => Promise<CaseReport>>> = {
  ingest,
  valuation,
  pipeline,
  exact,
  latency,
  durable,
  save,
  publish,
  lock,
  parse,
  socket,
  replay,
  fanout,
};

const FLAGS = ['--json', '--quick', '--check', '--list'];
const given = process.argv.slice(2);
const flags = new Set(given.filter((argument) => argument.startsWith('-')));
const names = given.filter((argument) => !argument.startsWith('-'));
const wrong = [
  ...[...flags].filter((flag) => !FLAGS.includes(flag)),
  ...names.filter((name) => !Object.hasOwn(CASES, name)),
];

if (wrong.length > 0) {
  const accepted = `${FLAGS.join(' ')} and the cases ${Object.keys(CASES).join(' ')}`;
  process.stderr.write(`Not understood: ${wrong.join(' ')}. Accepted: ${accepted}.\n`);
  process.exitCode = 2;
} else if (flags.has('--list')) {
  process.stdout.write(`${Object.keys(CASES).join('\n')}\n`);
} else {
  for (const name of names.length > 0 ? names : Object.keys(CASES)) await runCase(name);
}

async function runCase(name: string): Promise<void> {
  const bench: Bench = {
    quick: flags.has('--quick'),
    progress: (text) => process.stderr.write(`${name}: ${text}\n`),
  };
  const load = loadavg()[0]!;
  const report = await CASES[name]!(bench);
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
