/** The argument of a running case: vitest and `node:test` pass one, Jest and Bun do not. */
export interface CaseContext {
  /** Shows the case as skipped, with the reason. It may throw, as that of vitest does. */
  skip?(reason: string): void;
}

/**
 * Registers one test case. `timeoutMs` is its time limit, slightly above that of the kit. vitest and Jest need it, because they end a
 * case after 5 s by default; `node:test` has no limit and ignores it.
 */
export type RegisterCase = (
  name: string,
  run: (context?: CaseContext) => Promise<void>,
  timeoutMs?: number,
) => unknown;

/**
 * Where a kit registers its cases. The functions of vitest (`import { describe, it } from 'vitest'`), of `node:test` and of similar
 * runners fit as they are: `lockConformance({ describe, it }, …)`.
 */
export interface TestRunner {
  /** Groups the cases that `define` registers. */
  readonly describe: (name: string, define: () => void) => unknown;
  /** Registers a case; `skip`, if it exists, registers the cases that `supports` excludes. */
  readonly it: RegisterCase & { readonly skip?: RegisterCase };
}
