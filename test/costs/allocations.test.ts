import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { SLOW_TEST_MS } from '../waiting.js';

const run = promisify(execFile);
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const program = fileURLToPath(new URL('allocations.ts', import.meta.url));

// What is allocated has to be collected later: it costs time on every machine, and its count does not depend on how busy this one is.
test(
  'a tick allocates nothing on its way to the conflated price, and next to nothing on its way to the value',
  async () => {
    // New objects go to a space that is large from the start, so that it is not collected while they are counted.
    // Single-threaded: code is optimized at a fixed point, not whenever a busy machine has time for the compiler.
    const flags = [
      '--expose-gc',
      '--single-threaded',
      '--min-semi-space-size=64',
      '--max-semi-space-size=128',
    ];
    const { stdout } = await run(process.execPath, [...flags, '--import', tsx, program]);
    const { byName, byNumber, position } = JSON.parse(stdout) as Record<string, number>;
    expect(byName, 'bytes for each push()').toBeLessThan(0.5);
    expect(byNumber, 'bytes for each pushId()').toBeLessThan(0.5);
    // An object for each position would be 16 bytes at least.
    expect(position, 'bytes for each position that a price values').toBeLessThan(10);
  },
  SLOW_TEST_MS,
);
