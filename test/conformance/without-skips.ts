import { it } from 'vitest';
import type { KitTiming } from '../../src/conformance/kit-time.js';
import type { TestRunner } from '../../src/conformance/test-runner.js';

/** For parts across a network, on a machine that is at work on other things: what passes costs no more for it. */
export const PATIENT: KitTiming = { timeoutMs: 10_000, caseTimeoutMs: 60_000 };

let path = '';

/**
 * Vitest without `skip`: a rule that a part of ours does not claim to keep is left out, and no test counts as skipped.
 * Groups become part of the names, since one may be left without a case.
 */
export const runner: TestRunner = {
  describe(name, define) {
    const outer = path;
    path += `${name}: `;
    define();
    path = outer;
  },
  it: (name, run) => it(path + name, run),
};
