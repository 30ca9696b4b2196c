// Scripts of the project are JavaScript; this is what the benchmarks use of them.
declare module '*/scripts/run-typescript.mjs' {
  /** Runs `npm ci` in a folder, unless it has `node_modules`; answers the exit code. */
  export function installOnce(path: string): Promise<number>;
}
