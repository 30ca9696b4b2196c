import type { RegisterCase } from '../../src/conformance/test-runner.js';

/**
 * Runs all cases at the same time, and shows each under its name: for cases that mostly wait for real time to pass. They must not share
 * anything.
 */
export function atOnce(register: RegisterCase): RegisterCase {
  const starts: Array<() => void> = [];
  return (name, run, timeoutMs) => {
    let outcome: Promise<void> | undefined;
    starts.push(() => {
      outcome = run();
      // It may fail before the runner waits for it.
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
