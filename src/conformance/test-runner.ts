/**
 * Registers one test case. `timeoutMs` is a limit for it above that of the kit: vitest and Jest take it, since they would
 * end a case after 5 s, and `node:test`, which has no limit, ignores it.
 */
export type RegisterCase = (name: string, run: () => Promise<void>, timeoutMs?: number) => unknown;

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
