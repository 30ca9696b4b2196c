import { it } from 'vitest';
import type { TestRunner } from '../../src/conformance/test-runner.js';

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
