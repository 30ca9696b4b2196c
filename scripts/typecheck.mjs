// npm run typecheck: each folder with the globals that it has; then the programs in the documents.
import { fileURLToPath } from 'node:url';
import { checkTypes, run } from './run-typescript.mjs';

const PROJECTS = [
  '.',
  'src/core',
  'src/client',
  'test/browser',
  'examples/browser-apps',
  'examples/demo/page',
];

for (const project of PROJECTS) process.exitCode ||= await checkTypes(project);
process.exitCode ||= await run(process.execPath, [
  fileURLToPath(new URL('./typecheck-docs.mjs', import.meta.url)),
]);
