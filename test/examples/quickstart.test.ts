import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SLOW_TEST_MS } from '../waiting.js';
import { FILES } from '../streams/replay/recording/make-recording.js';
import { Child, nodeArguments, run, type Outcome } from './child.js';

const MAIN = 'examples/quickstart/main.ts';
const TRADES = 'examples/data/trades.csv';
const quickstart = (...args: readonly string[]): Promise<Outcome> => run(MAIN, args);
const jsonLines = (text: string): Array<Record<string, unknown>> =>
  text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));

describe.concurrent('the quickstart on its made-up feed', { timeout: SLOW_TEST_MS }, () => {
  test('ends after --seconds, and --json prints only JSON, with counters that add up', async () => {
    const { code, stdout, stderr } = await quickstart('--seconds', '1', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = jsonLines(stdout);
    const values = lines.filter(({ type }) => type === 'value');
    expect(new Set(values.map(({ portfolio }) => portfolio))).toEqual(
      new Set(['growth', 'long-short', 'new-issues']),
    );
    expect(values.at(-1)).toMatchObject({ complete: false, missing: 'no price of NEWCO', percent: null });
    const summary = lines.at(-1)!;
    expect(summary).toMatchObject({ type: 'summary', stoppedBy: 'time', rejections: { 'not-a-number': 1 } });
    const { received, delivered, conflated, rejected, outdated } = summary as Record<string, number>;
    expect(received).toBe(delivered! + conflated! + rejected! + outdated!);
    expect(conflated).toBeGreaterThan(0);
    expect(summary.saved).toBeGreaterThan(0);
    expect((summary.tickToValueMs as { measured: number }).measured).toBeGreaterThan(0);
  });

  test('prints plain lines into a pipe, and marks partial values', async () => {
    const { stdout } = await quickstart('--seconds', '0.5', '--seed', '3');
    expect(stdout).not.toContain('\x1b');
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d {2}growth +[\d,]+\.\d\d USD /m);
    expect(stdout).toMatch(/new-issues .* partial: no price of NEWCO$/m);
    expect(stdout).toMatch(/^summary: 3 portfolios, /m);
    expect(stdout).toMatch(/tick to value {2}p50 [\d.]+ ms, p99 [\d.]+ ms/);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('drains on %s and ends with the summary', async (signal) => {
    const child = new Child([...nodeArguments(MAIN), '--seconds', '3600']);
    await child.printed('growth');
    child.process.kill(signal);
    const { code, stdout } = await child.outcome;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^summary: .*stopped by a signal$/m);
  });

  test('ends with code 0 and no message when the reader of its output has gone', async () => {
    const child = new Child([...nodeArguments(MAIN), '--seconds', '3600']);
    await child.printed('growth');
    child.process.stdout.destroy();
    expect(await child.outcome).toMatchObject({ code: 0, stderr: '' });
  });

  test('rejects an unknown option with code 2', async () => {
    const { code, stdout, stderr } = await quickstart('--second', '1');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('"--second" is not understood; accepted: --seconds N');
  });
});

describe.concurrent('the quickstart on recorded prices', { timeout: SLOW_TEST_MS }, () => {
  test('ends with values equal to the digit to those recomputed from the file', async () => {
    const { code, stdout, stderr } = await quickstart('--replay', TRADES, '--speed', 'max');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}ACME +10 × 182\.76 USD = 1,827\.60 USD$/m);
    expect(stdout).toMatch(/3 portfolios, recomputed from the 400 rows used: equal to the digit\n$/);
    expect(stdout).not.toContain('\x1b');
    expect(stderr).toMatch(/^replay 100 % {2}400 prices .*done$/m);
  });

  test.each([
    [[FILES.tickmark], /ACME {5}10 × [\d.]+ USD = /],
    [[FILES.jsonl], /SOLARIS {2}20 × [\d.]+ EUR = /],
    [[FILES.binance], /SOLARIS {2}20 × [\d.]+ USD = /],
    [[FILES.acme, FILES.globex], /GLOBEX {2}15 × [\d.]+ USD = /],
  ])('on %j ends with values equal to the digit to those recomputed', async (names, row) => {
    const files = names.map((name) => `test/streams/replay/recording/${name}`);
    const { code, stdout } = await quickstart('--replay', ...files, '--speed', 'max');
    expect(stdout).toMatch(row);
    expect(stdout).toMatch(/equal to the digit\n$/);
    expect(code).toBe(0);
  });

  test('reports with --json that the values are equal', async () => {
    const { code, stdout } = await quickstart('--replay', TRADES, '--speed', 'max', '--json');
    expect(code).toBe(0);
    const lines = jsonLines(stdout);
    expect(lines.filter(({ type }) => type === 'portfolio').map(({ equal }) => equal)).toEqual([
      true,
      true,
      true,
    ]);
    expect(lines.at(-1)).toMatchObject({ type: 'summary', stoppedBy: 'end', equal: true });
  });

  test('drains on SIGINT, and compares no values then', async () => {
    const child = new Child([...nodeArguments(MAIN), '--replay', TRADES]);
    await child.printed('long');
    child.process.kill('SIGINT');
    const { code, stdout } = await child.outcome;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^summary: .*stopped by a signal$/m);
    expect(stdout).not.toContain('digit');
  });

  test('names a file that is missing or of unknown format, with code 1', async () => {
    const strange = join(tmpdir(), `strange-${process.pid}.bin`);
    writeFileSync(strange, 'what is this?\n');
    const [missing, unknown] = await Promise.all([
      quickstart('--replay', 'nowhere.csv'),
      quickstart('--replay', strange),
    ]);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('"nowhere.csv" cannot be read');
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain(strange);
  });
});
