// npm run coverage [-- SUITE...]: runs the suites one after the other with coverage, adds up what they reach together, and prints
// lines and branches of src by folder. Suites run at the size of the gate unless TICKMARK_SIZE says otherwise.
import { mkdirSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import coverageLibrary from 'istanbul-lib-coverage';
import { npmCommand, root, run } from './run-typescript.mjs';

const SUITES = ['test', 'properties', 'services', 'browser', 'faults', 'recordings'];
const suites = process.argv.slice(2);
const unknown = suites.filter((suite) => !SUITES.includes(suite));
if (unknown.length > 0) {
  process.stderr.write(`Not understood: ${unknown.join(' ')}. Accepted: ${SUITES.join(' ')}.\n`);
  process.exit(2);
}

const folder = fileURLToPath(new URL('coverage/', root));
const reports = fileURLToPath(new URL('coverage/suites/', root));
rmSync(reports, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
process.env.TICKMARK_SIZE ??= 'gate';

const together = coverageLibrary.createCoverageMap({});
for (const suite of suites.length > 0 ? suites : SUITES) {
  const [command, prefix] = npmCommand(['exec', '--', 'vitest', 'run', '--mode', suite]);
  const size = process.env.TICKMARK_SIZE;
  // What `npm test` reaches is asked of `npm test` as it is.
  if (suite === 'test' || suite === 'services') process.env.TICKMARK_SIZE = 'quick';
  const code = await run(command, [
    ...prefix,
    '--silent',
    '--coverage.enabled',
    '--coverage.provider=v8',
    '--coverage.include=src/**',
    '--coverage.reporter=json',
    '--coverage.reportOnFailure',
    `--coverage.reportsDirectory=${reports}${suite}`,
  ]);
  process.env.TICKMARK_SIZE = size;
  if (code !== 0) process.exitCode = 1;
  const report = `${reports}${suite}/coverage-final.json`;
  if (existsSync(report)) together.merge(JSON.parse(readFileSync(report, 'utf8')));
}

/** `src/core/money/decimal.ts` belongs to `src/core/money`. */
const folderOf = (path) => path.split('/').slice(0, -1).join('/');
const summaries = new Map();
for (const file of together.files()) {
  const name = folderOf(relative(fileURLToPath(root), file).replaceAll('\\', '/'));
  const summary = summaries.get(name) ?? coverageLibrary.createCoverageSummary();
  summary.merge(together.fileCoverageFor(file).toSummary());
  summaries.set(name, summary);
}
const row = (name, summary) =>
  `${name.padEnd(36)}${['lines', 'branches'].map((kind) => `${summary[kind].pct.toFixed(2)} % of ${summary[kind].total}`.padStart(22)).join('')}`;
const lines = [...summaries]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, summary]) => row(name, summary));
process.stdout.write(`\n${''.padEnd(36)}${'lines'.padStart(22)}${'branches'.padStart(22)}\n`);
process.stdout.write(`${[...lines, row('all', together.getCoverageSummary())].join('\n')}\n`);
