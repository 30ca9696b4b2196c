import type { RegisterCase } from '../../src/conformance/test-runner.js';

/**
 * Runs all cases at once, and shows each under its name: for cases that do little but wait for real time to pass. They may
 * share nothing.
 */
export function atOnce(register: RegisterCase): RegisterCase {
  const starts: Array<() => void> = [];
  return (name, run, timeoutMs) => {
    let outcome: Promise<void> | undefined;
    starts.push(() => {
      outcome = run();
      // It may fail before its turn has come.
      outcome.catch(() => undefined);
    });
    return register(
      name,
      () => {
        for (const start of starts.splice(0)) start();
        return outcome!;
      },
      timeoutMs,
    );
  };
}
