import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { readCompact } from '../../src/core/messaging/compact-message.js';
import { unpackColumn } from '../../src/core/messaging/wire-columns.js';
import { ownFolder } from '../../test/servers/janitor.js';
import { worker } from '../../test/servers/worker.js';
import type { Engine } from './contender.js';
import type { ValueDecoder } from './value-watch.js';
import type { WorkerArgs } from './worker-args.js';

const ENDED_WITHIN_MS = 10_000;

/** Starts workers of tickmark, with a part of the shards each. Resolves when they have loaded their portfolios and read prices. */
export async function startWorkers(
  args: Omit<WorkerArgs, 'shards' | 'group'>,
  parts: ReadonlyArray<WorkerArgs['shards']>,
): Promise<Engine> {
  const file = new URL('worker.ts', import.meta.url);
  const bundle = bundled(file);
  const workers = parts.map((shards, number) =>
    worker<never, 'ready'>(file, { ...args, shards, group: `${args.prefix}.worker-${number}` }, bundle),
  );
  const stop = async (): Promise<void> => {
    for (const each of workers) each.end();
    const ended = await Promise.race([
      Promise.all(workers.map(({ exited }) => exited)).then(() => true),
      setTimeout(ENDED_WITHIN_MS, false, { ref: false }),
    ]);
    if (!ended) await Promise.all(workers.map((each) => each.kill()));
    for (const { stderr } of workers) if (stderr) process.stderr.write(stderr);
  };
  try {
    await Promise.all(workers.map((each) => each.next()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { pids: workers.map(({ pid }) => pid), stop };
}

/**
 * Reads the market values of packed values in the compact encoding, in cents: `ids` and one column (docs/kafka-bus.md). Reading all totals of
 * all portfolios would take processor time from the contenders.
 */
export const packedValues: ValueDecoder = ({ value }) => {
  const { json, columns } = readCompact(value!);
  const { data, columns: heads } = JSON.parse(decoder.decode(json)) as CompactJson;
  const columnOf = (name: string): Float64Array => {
    let at = 0;
    for (const head of heads) {
      const end = at + head.width * head.length;
      if (head.name === name) return unpackColumn(head, columns.subarray(at, end), head.length, name);
      at = end;
    }
    throw new Error(`A message has no column ${name}.`);
  };
  const [marketValues, unknown] = [columnOf('marketValues'), columnOf('unknown')];
  return data.ids.map((id, row) => ({
    portfolio: Number(id.slice(1)),
    units: unknown[row] === 0 ? marketValues[row]! : NaN,
  }));
};

interface CompactJson {
  readonly data: { readonly ids: readonly string[] };
  readonly columns: ReadonlyArray<{
    readonly name: string;
    readonly length: number;
    readonly width: number;
  }>;
}

const decoder = new TextDecoder();

/** A worth in 1/10,000, in cents, half of a cent to the even one. */
export function cents(worth: number): number {
  const whole = Math.floor(worth / 100);
  const rest = worth - 100 * whole;
  return rest > 50 || (rest === 50 && whole % 2 !== 0) ? whole + 1 : whole;
}

// Where the client of Kafka is found: it has a file beside it that it reads, and cannot be bundled.
function bundled(file: URL): string {
  const project = new URL('../../', import.meta.url);
  const folder = ownFolder(
    'cluster',
    undefined,
    fileURLToPath(new URL('bench/node_modules/.cache', project)),
  );
  const outfile = join(folder, 'worker.mjs');
  buildSync({
    entryPoints: [fileURLToPath(file)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    tsconfig: fileURLToPath(new URL('tsconfig.json', project)),
    logLevel: 'silent',
  });
  return outfile;
}
