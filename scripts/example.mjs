// npm run example -- NAME [arguments]: runs examples/NAME.ts from source. `--list` prints the names, one per line.
import { readdirSync } from 'node:fs';
import { installOnce, root, runTypeScript } from './run-typescript.mjs';

// Web frameworks are no dependencies of the project: those of this folder are installed when one of its examples is run first.
const FRAMEWORKS = 'frameworks/';

function names(folder) {
  try {
    return readdirSync(new URL(`examples/${folder}`, root), { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
      .map((entry) => folder + entry.name.slice(0, -'.ts'.length))
      .sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

const [name, ...rest] = process.argv.slice(2);
const available = [...names(''), ...names(FRAMEWORKS)];

if (name === '--list') {
  for (const each of available) console.log(each);
} else if (name === undefined || !available.includes(name)) {
  if (name !== undefined) console.error(`There is no example named "${name}".`);
  console.error('usage: npm run example -- NAME\n\nexamples:');
  for (const each of available) console.error(`  ${each}`);
  process.exitCode = 2;
} else {
  process.exitCode = name.startsWith(FRAMEWORKS) ? await installOnce(`examples/${FRAMEWORKS}`) : 0;
  if (!process.exitCode) process.exitCode = await runTypeScript(`examples/${name}.ts`, rest);
}
