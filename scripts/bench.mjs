// npm run bench -- [arguments]: what the benchmarks compare against lives in bench/package.json and is installed on first use.
import { installOnce, runTypeScript } from './run-typescript.mjs';

process.exitCode = await installOnce('bench/');
if (process.exitCode === 0) {
  // Exposed so that a memory figure can be taken after a collection.
  process.exitCode = await runTypeScript('bench/main.ts', process.argv.slice(2), ['--expose-gc']);
}
