import { it } from 'vitest';
import type { KitTiming } from '../../src/conformance/kit-time.js';
import type { RegisterCase, TestRunner } from '../../src/conformance/test-runner.js';

/** For implementations with a server or an embedded database, which are slow on a busy machine. */
export const PATIENT: KitTiming = { timeoutMs: 20_000, caseTimeoutMs: 200_000 };

/**
 * Vitest without `skip`: rules that do not apply to an implementation are left out or pass, and no test counts as skipped. Groups become
 * part of the names, since a group may have no case.
 */
export function withoutSkips(register: RegisterCase): TestRunner {
  let path = '';
  return {
    describe(name, define) {
      const outer = path;
      path += `${name}: `;
      define();
      path = outer;
    },
    it: (name, run, timeoutMs) => register(path + name, () => run(), timeoutMs),
  };
}

/** Registers the cases with vitest. */
export const runner = withoutSkips(it);
