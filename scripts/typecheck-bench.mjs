// npm run typecheck:bench: the types of bench/, with those of what it compares against, which is installed on first use.
import { checkTypes, installOnce } from './run-typescript.mjs';

process.exitCode = await installOnce('bench/');
process.exitCode ||= await checkTypes('tsconfig.bench.json');
