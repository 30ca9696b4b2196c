/** Registers one test case. */
export type RegisterCase = (name: string, run: () => Promise<void>) => unknown;

/**
 * Where a kit registers its cases. The functions of vitest (`import { describe, it } from 'vitest'`), of `node:test` and of
 * others of that shape are taken as they are: `lockConformance({ describe, it }, …)`.
 */
export interface TestRunner {
  /** Groups the cases that `define` registers. */
  readonly describe: (name: string, define: () => void) => unknown;
  /** Registers a case; `skip`, where there is one, shows the cases that `supports` leaves out. */
  readonly it: RegisterCase & { readonly skip?: RegisterCase };
}
