// npm run bench -- [arguments]: what the benchmarks compare against lives in bench/package.json and is installed on first use.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { npmCommand, root, run, runTypeScript } from './run-typescript.mjs';

const bench = new URL('bench/', root);

async function installPeers() {
  if (!existsSync(new URL('package.json', bench)) || existsSync(new URL('node_modules', bench))) return 0;
  // What npm says goes to stderr: stdout is for figures, which --json makes for programs to read.
  return run(...npmCommand(['ci', '--no-fund', '--no-audit']), fileURLToPath(bench), ['inherit', 2, 2]);
}

process.exitCode = await installPeers();
if (process.exitCode === 0) {
  // Exposed so that a memory figure can be taken after a collection.
  process.exitCode = await runTypeScript('bench/main.ts', process.argv.slice(2), ['--expose-gc']);
}
