import type { TestRunner } from '../../src/conformance/test-runner.js';

/** What became of a kit's cases, by rule. */
export interface KitReport {
  readonly passed: string[];
  readonly failed: Map<string, Error>;
  readonly skipped: string[];
}

/** Runs a kit's cases one after the other, or one of them, and gathers what became of them. */
export async function runKit(register: (runner: TestRunner) => void, only?: string): Promise<KitReport> {
  const cases = new Map<string, () => Promise<void>>();
  const report: KitReport = { passed: [], failed: new Map(), skipped: [] };
  const it = (name: string, run: () => Promise<void>): void => {
    if (cases.has(name)) throw new Error(`two cases are called "${name}"`);
    cases.set(name, run);
  };
  register({
    describe: (_, define) => define(),
    it: Object.assign(it, { skip: (name: string) => report.skipped.push(name) }),
  });
  if (only !== undefined && !cases.has(only)) throw new Error(`no case is called "${only}"`);
  for (const [name, run] of cases) {
    if (only !== undefined && name !== only) continue;
    try {
      await run();
      report.passed.push(name);
    } catch (error) {
      report.failed.set(name, error as Error);
    }
  }
  return report;
}
