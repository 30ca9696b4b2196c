import { venueConformance, type Venue, type VenueConformanceOptions } from 'tickmark/websocket';
import { describe, expect, test } from 'vitest';
import { BROKEN } from './broken-venues.js';
import { SLOW_TEST_MS } from '../../../waiting.js';
import { FRAMES, PLAIN, RECORDED, venueWith } from './good-venue.js';

/** What the kit says about a venue: the message of each case that fails. */
async function faultsOf(options: VenueConformanceOptions): Promise<string[]> {
  const cases: [name: string, run: () => Promise<void>][] = [];
  const describeNow = (_: string, define: () => void) => define();
  venueConformance({ describe: describeNow, it: (name, run) => cases.push([name, run]) }, options);
  const faults: string[] = [];
  for (const [name, run] of cases)
    await run().catch((error: unknown) => faults.push(`${name}: ${(error as Error).message}`));
  return faults;
}

const kitOf = (venue: () => Venue, text: string): VenueConformanceOptions => ({
  venue,
  recordings: [{ name: 'r', text }],
});

describe.each([
  ['with times', RECORDED],
  ['without times', PLAIN],
])('the kit, on a recording %s,', (_, text) => {
  test('passes a good venue, of which only the recording is declared', async () => {
    expect(await faultsOf(kitOf(venueWith(), text))).toEqual([]);
  });

  test.each(BROKEN.map(([name, says, ...changes]) => ({ name, says, changes })))(
    'fails a venue with this fault: $name',
    async ({ says, changes }) => {
      const faults = await faultsOf(kitOf(venueWith(...changes), text));
      expect(faults.join('\n')).toMatch(says);
    },
  );
});

test(
  'a run on one recording plays each frame a few times, however many there are',
  async () => {
    const received = async (frames: number): Promise<number> => {
      const good = venueWith();
      let count = 0;
      const venue = (): Venue => {
        const made = good();
        return {
          ...made,
          open(sink) {
            const session = made.open(sink);
            return {
              ...session,
              receive(frame, at) {
                count++;
                session.receive(frame, at);
              },
            };
          },
        };
      };
      const rest = Array.from({ length: frames - FRAMES.length }, () => '{"type":"heartbeat"}');
      await faultsOf({ venue, recordings: [{ name: 'r', text: [...FRAMES, ...rest].join('\n') }] });
      return count;
    };
    const [few, many, more] = [await received(100), await received(1100), await received(40_000)];
    expect((many - few) / 1000).toBeLessThan(8);
    expect(more).toBeLessThan(20_000 + 8 * 2000 + few);
  },
  SLOW_TEST_MS,
);
