import type { RegisterCase, TestRunner } from '../../src/conformance/test-runner.js';

/** The results of a kit's cases, by rule. */
export interface KitReport {
  readonly passed: string[];
  readonly failed: Map<string, Error>;
  readonly skipped: string[];
}

class Skipped extends Error {}

// As in vitest, skipping ends the case.
const context = {
  skip: (reason: string): never => {
    throw new Skipped(reason);
  },
};

/** Runs a kit's cases one after the other, or one of them, and collects their results. */
export async function runKit(register: (runner: TestRunner) => void, only?: string): Promise<KitReport> {
  const cases = new Map<string, Parameters<RegisterCase>[1]>();
  const report: KitReport = { passed: [], failed: new Map(), skipped: [] };
  const it: RegisterCase = (name, run) => {
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
      await run(context);
      report.passed.push(name);
    } catch (error) {
      if (error instanceof Skipped) report.skipped.push(`${name}: ${error.message}`);
      else report.failed.set(name, error as Error);
    }
  }
  return report;
}
