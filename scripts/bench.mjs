// npm run bench -- [arguments]: what the benchmarks compare against lives in bench/package.json and is installed on first use.
// With --against DIR an older checkout is what they compare with.
import { installOnce, runTypeScript } from './run-typescript.mjs';

const args = process.argv.slice(2);
const isAgainst = args.some((each) => each === '--against' || each.startsWith('--against='));

process.exitCode = await installOnce('bench/');
if (process.exitCode === 0) {
  const program = isAgainst ? 'bench/against/main.ts' : 'bench/main.ts';
  // Exposed so that a memory figure can be taken after a collection.
  process.exitCode = await runTypeScript(program, args, ['--expose-gc']);
}
