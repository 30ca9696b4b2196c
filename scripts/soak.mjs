// npm run soak -- [arguments]: a gateway with honest and hostile readers for half an hour; see bench/README.md.
import { runTypeScript } from './run-typescript.mjs';

process.exitCode = await runTypeScript('bench/soak/main.ts', process.argv.slice(2));
