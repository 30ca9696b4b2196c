// npm run test:repeat -- [N] [--busy B]: runs `npm test` N times (default 10) in a row, beside B processes (default 0) that keep a core
// busy each, and prints time, processor time and the tests that failed. A test that passes on one machine and fails on a busy one is a
// broken test.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './run-typescript.mjs';

const cwd = fileURLToPath(root);
const { times, busy } = readArguments(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), 'tickmark-repeat-'));
const hogs = Array.from({ length: busy }, () =>
  spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
);
process.once('exit', () => {
  for (const hog of hogs) hog.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

let green = 0;
for (let run = 1; run <= times; run++) {
  const { code, real, processor, failures } = await runTests();
  if (code === 0) green++;
  const verdict = code === 0 ? 'green' : 'RED';
  process.stdout.write(
    `run ${run} of ${times}: ${verdict}, ${real.toFixed(0)} s, ${processor.toFixed(0)} s of processor time\n`,
  );
  for (const failure of failures) process.stdout.write(`  ${failure}\n`);
}
process.stdout.write(`${green} of ${times} green beside ${busy} busy processes\n`);
process.exit(green === times ? 0 : 1);

function readArguments(given) {
  const numbers = { times: 10, busy: 0 };
  for (let at = 0; at < given.length; at++) {
    const name = given[at] === '--busy' ? 'busy' : 'times';
    const value = Number(name === 'busy' ? given[++at] : given[at]);
    if (!Number.isInteger(value) || value < (name === 'busy' ? 0 : 1)) {
      process.stderr.write(`Not understood: ${given.join(' ')}. Accepted: [N] [--busy B], whole numbers.\n`);
      process.exit(2);
    }
    numbers[name] = value;
  }
  return numbers;
}

/** bash's `time` counts the processor time of all descendants that have ended; Node cannot. */
function runTests() {
  const report = join(folder, 'report.json');
  const command = `TIMEFORMAT='%R %U %S'; time npm test -- --reporter=json --outputFile="$1" >"$2" 2>&1`;
  const child = spawn('bash', ['-c', command, 'bash', report, join(folder, 'output.txt')], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const [real, user, system] = said.trim().split('\n').at(-1).split(' ').map(Number);
      resolve({ code, real, processor: user + system, failures: code === 0 ? [] : failedTests(report) });
    });
  });
}

function failedTests(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap((file) => {
      const failed = file.assertionResults.filter(({ status }) => status === 'failed');
      const name = relative(cwd, file.name);
      if (failed.length === 0) return file.status === 'failed' ? [`${name}: ${firstLine(file.message)}`] : [];
      return failed.map(
        ({ fullName, failureMessages }) => `${name}: ${fullName}: ${firstLine(failureMessages[0])}`,
      );
    });
  } catch (error) {
    return [`no report: ${error.message}`];
  }
}

function firstLine(text = '') {
  return text.split('\n')[0].slice(0, 300);
}
