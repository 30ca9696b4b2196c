import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { dayStoreConformance } from '../../src/conformance/day-store/day-store-conformance.js';
import { eventBusConformance } from '../../src/conformance/event-bus/event-bus-conformance.js';
import { instrumentStoreConformance } from '../../src/conformance/instrument-store/instrument-store-conformance.js';
import { lockConformance } from '../../src/conformance/lock/lock-conformance.js';
import { portfolioRepositoryConformance } from '../../src/conformance/portfolio-repository/portfolio-repository-conformance.js';
import { previousClosesConformance } from '../../src/conformance/previous-closes/previous-closes-conformance.js';
import { priceStreamAdapterConformance } from '../../src/conformance/price-stream/price-stream-adapter-conformance.js';
import { SLOW_TEST_MS } from '../waiting.js';

const file = fileURLToPath(new URL('kits.node-test.ts', import.meta.url));

interface Outcome {
  readonly code: number | null;
  readonly pass: number;
  readonly fail: number;
  readonly skipped: number;
}

async function underNodeTest(env: Record<string, string> = {}): Promise<Outcome> {
  // If it is set by an outer runner, the child reports in a binary format.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const args = ['--import', 'tsx', '--test', '--test-reporter=tap', file];
  const child = spawn(process.execPath, args, {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(output)?.[1]);
  return { code, pass: count('pass'), fail: count('fail'), skipped: count('skipped') };
}

function caseCount(): number {
  let total = 0;
  const it = Object.assign(() => void total++, { skip: () => void total++ });
  const runner = { describe: (_: string, define: () => void) => define(), it };
  const createHarness = (): never => {
    throw new Error('no case runs here');
  };
  dayStoreConformance(runner, { createHarness });
  eventBusConformance(runner, { createHarness });
  instrumentStoreConformance(runner, { createHarness });
  lockConformance(runner, { createHarness });
  portfolioRepositoryConformance(runner, { createHarness });
  previousClosesConformance(runner, { createHarness });
  priceStreamAdapterConformance(runner, { createHarness });
  return total;
}

describe('the kits under node:test', { timeout: SLOW_TEST_MS }, () => {
  test('pass with good implementations', async () => {
    const { code, pass, fail, skipped } = await underNodeTest();
    expect({ code, fail }).toEqual({ code: 0, fail: 0 });
    expect(pass + skipped).toBe(caseCount());
  });

  test('fail with a broken lock', async () => {
    const { code, fail } = await underNodeTest({ TICKMARK_BREAK_LOCK: '1' });
    expect(code).not.toBe(0);
    expect(fail).toBeGreaterThan(0);
  });
});
