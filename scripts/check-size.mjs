// What a browser downloads: each case bundled with its dependencies, minified and gzipped, beside its aim and under a ceiling.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const binding = (name) =>
  `export { TickmarkClient } from './dist/client/index.js'; export * from './dist/${name}/index.js';`;

// With the nearest name for a misspelt option, hooks without an id, hydration and components that are put aside; with a state for each topic,
// streams that are changed by POST, and what an answer, a policy or a silent proxy means; with what platforms lack, and pages whose origin is not listed.
const BINDING_CEILING = 12_500;

/** A ceiling above the aim keeps the distance from growing where the aim is not reached yet, and is printed each time. */
const CASES = [
  {
    title: 'tickmark with dependencies',
    program: `export * from './dist/index.js';`,
    aim: 20_480,
    // With what keeps engines in step (numbered messages, snapshots, the watch of holdings, leases and rounds of the writer); with the ledger:
    // entries, bookings, corrections, lots, instruments, corporate actions booked for all holders and taken by engines in one step, figures and their explanations; with 20 totals in every event; and with
    // shards: those that an engine loads, drains and drops, the exact sums of each, a standby that acts for them, and what somebody follows; with several
    // streams as one; and with the names and shapes of all options, which are checked, and the usual prices of the mock; with
    // trading days: which closes count, what days end with, their results, also of what is booked late, and closes that venues are asked for; with
    // closes that venues send before their day is over, and checks of what adapters, streams and tables of symbols hand over.
    ceiling: 117_000,
  },
  {
    title: 'tickmark/client with tickmark/vue, without Vue',
    program: binding('vue'),
    aim: 8192,
    ceiling: BINDING_CEILING,
  },
  {
    title: 'tickmark/client with tickmark/react, without React',
    program: binding('react'),
    aim: 8192,
    ceiling: BINDING_CEILING,
  },
  {
    title: 'all of tickmark/client: WebSocket, shared tabs and formats, too',
    program: `export * from './dist/client/index.js';`,
    aim: 11_264,
    // With per cents, rounding, shares that add up and the colors of regions, and as above.
    ceiling: 16_050,
  },
];

let failures = 0;
for (const { title, program, aim, ceiling = aim } of CASES) {
  const missing = [...program.matchAll(/'\.\/(dist\/[^']+)'/g)].find(([, path]) => !existsSync(root + path));
  if (missing) {
    console.error(`${missing[1]} is missing: run \`npm run build\` first.`);
    process.exit(1);
  }
  // For a browser, so that an import of a node: builtin stops the build.
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    external: ['vue', 'react'],
    logLevel: 'error',
  });
  const minified = outputFiles[0].contents;
  const gzipped = gzipSync(minified, { level: 9 }).length;
  const figure = `${title}: ${minified.length} bytes minified, ${gzipped} gzipped`;
  if (gzipped > ceiling) {
    console.error(`${figure}, over the ceiling of ${ceiling} by ${gzipped - ceiling}`);
    failures++;
  } else if (gzipped > aim) {
    console.log(`${figure}, ${gzipped - aim} over the aim of ${aim}, under the ceiling of ${ceiling}`);
  } else console.log(`${figure}, of ${aim} at most`);
}
process.exitCode = failures === 0 ? 0 : 1;
