import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SLOW_TEST_MS } from '../waiting.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

let folder = '';
let job = '';

beforeAll(async () => {
  // Bundled, so that the process has nothing in it but tickmark: a loader brings handles of its own.
  folder = mkdtempSync(join(tmpdir(), 'tickmark-exit-'));
  job = join(folder, 'job.mjs');
  await build({
    entryPoints: [path('exit-job.ts')],
    outfile: job,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    alias: { tickmark: path('../../src/index.ts') },
    logLevel: 'silent',
  });
}, SLOW_TEST_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(name: string): Promise<{ code: number | null; signal: string | null; lines: string[] }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [job, name], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: SLOW_TEST_MS,
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, lines: text.trim().split('\n') }));
  });
}

describe('a process', { timeout: SLOW_TEST_MS }, () => {
  test.each([
    ['close', '{"valued":true,"unsaved":0,"portfolios":50}'],
    ['using', '50'],
    ['own lock and bus', '{"held":0,"subscriptions":0}'],
    ['failed start', 'no venue'],
    ['aborted start', 'ABORTED'],
    ['hanging save', 'closed'],
    ['hanging publish', 'closed'],
    ['hanging disconnect', 'closed'],
    ['everything fails', 'closed'],
  ])('ends by itself and leaves nothing behind after the job "%s"', async (name, said) => {
    expect(await run(name)).toEqual({ code: 0, signal: null, lines: [said, 'left: nothing'] });
  });
});
