import { assert, assertEqual } from '../../../conformance/assertions.js';
import type { Venue } from '../venue.js';
import { damagedFrames, hostileFrames } from './hostile-frames.js';
import { RECORDED_AT } from './played-recording.js';
import type { ReadFrame } from './marked-frames.js';
import { VenueRun } from './venue-run.js';

/** Most frames that are damaged, each of another shape, and their greatest length: books with thousands of levels are longer. */
const SAMPLES = 30;
const SAMPLE_LENGTH = 4000;
const ENDING = ['broken', 'fatal', 'rotate'];
/** Most names that counters of a venue may have. */
const NAMES = 40;
const NAME_LENGTH = 60;

/** Fails if a damaged frame throws, ends the connection or is not counted, or is counted under a name of its own. */
export function checkHostileFrames(venue: () => Venue, frames: readonly ReadFrame[]): void {
  const names = new Set<string>();
  const samples = samplesOf(frames);
  // A damaged answer to a login may be a refused login.
  const logins = samples.filter((sample) =>
    received(venue, sample).reports.some(({ kind }) => kind === 'ready'),
  );
  const others = samples.filter((sample) => !logins.includes(sample));
  for (const hostile of hostileFrames(others)) check(received(venue, hostile), hostile, ENDING, names);
  for (const hostile of damagedFrames(logins)) check(received(venue, hostile), hostile, ['rotate'], names);
  assertEqual(({} as { polluted?: unknown }).polluted, undefined, 'a property that every object inherits');
}

function received(venue: () => Venue, frame: string | Uint8Array): VenueRun {
  const run = new VenueRun(venue(), RECORDED_AT);
  run.receive(frame);
  return run;
}

function check(
  run: VenueRun,
  hostile: string | Uint8Array,
  ending: readonly string[],
  names: Set<string>,
): void {
  const shown = JSON.stringify(String(hostile.slice(0, 80)));
  const { unexplained, rejected, control } = run.stats();
  assertEqual(unexplained, 0, `unexplained frames after ${shown}`);
  assertEqual(
    rejected['decoder-threw'] ?? 0,
    0,
    `frames for which receive() threw, after the frame ${shown}`,
  );
  for (const { kind } of run.reports) assert(!ending.includes(kind), `no ${kind} after ${shown}`);
  for (const name of [...Object.keys(rejected), ...Object.keys(control)]) {
    names.add(name);
    assert(
      names.size <= NAMES && name.length <= NAME_LENGTH,
      `control() and rejected() get names such as ${JSON.stringify(name.slice(0, 80))}: ` +
        'use few, fixed names, and never content of the frame',
    );
  }
}

/** One frame of each shape. */
function samplesOf(frames: readonly ReadFrame[]): string[] {
  const samples = new Map<string, string>();
  for (const { data, leaves } of frames) {
    if (typeof data !== 'string' || data.length > SAMPLE_LENGTH) continue;
    const shape = leaves.map(({ path }) => path).join();
    if (!samples.has(shape)) samples.set(shape, data);
    if (samples.size === SAMPLES) break;
  }
  return [...samples.values()];
}
