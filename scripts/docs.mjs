// npm run docs: the API reference, one entry for each subpath, into docs/reference/html. Fails for an export without documentation, and
// for a link in a comment that leads nowhere. TypeDoc lives in docs/reference/package.json and is installed on first use.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { installOnce, root } from './run-typescript.mjs';

const reference = new URL('docs/reference/', root);
const folder = fileURLToPath(reference);

process.exitCode = await installOnce('docs/reference/');
if (process.exitCode === 0) {
  const child = spawn(process.execPath, ['node_modules/typedoc/bin/typedoc'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  // An export is MODULE.NAME; what TypeDoc says of their members is not asked for.
  const faults = output
    .split('\n')
    .filter((line) =>
      /\[error\]| links to | tickmark[\w/]*\.\w+ \(\w+\), .* does not have any documentation/.test(line),
    );
  for (const fault of faults) console.error(fault);
  if (code !== 0 && faults.length === 0) console.error(output);
  else console.log(`${fileURLToPath(new URL('html/index.html', reference))}: ${faults.length} faults`);
  process.exitCode = code !== 0 || faults.length > 0 ? 1 : 0;
}
