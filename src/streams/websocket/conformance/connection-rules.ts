import { assert, assertEqual } from '../../../conformance/assertions.js';
import type { Venue } from '../venue.js';
import { PRICE_FIELDS } from './marked-frames.js';
import { PlayedRecording, playedRecording, type PlayedFrame } from './played-recording.js';
import { NumbersSoFar } from './price-rules.js';
import { LATER_MS, type SubscribedPlays } from './recording-plays.js';
import type { VenueReport } from './venue-run.js';

/** Where connections begin that miss what was before, as parts of the recording. */
const BEGINNINGS = [0.25, 0.5, 0.75];
/** Marks of each connection differ by this number. */
const MARKS_APART = 20_000;
const KEEP =
  'keep the state of a connection in its session, which open() makes, not in the venue or its module';

/** Fails if two connections of a venue, one after the other or at the same time, see anything of each other. */
export async function checkConnections(
  venue: Venue,
  plays: SubscribedPlays,
  first: PlayedRecording,
): Promise<void> {
  const { asked: symbols } = plays;
  const { frames: plain } = await plays.plain();
  for (const [at, { number, updates }] of first.frames.entries()) {
    assertEqual(plain[at]!.updates, updates, `frame ${number}, on a second connection (${KEEP}): updates`);
  }
  const { frames: marked, plays: alone } = await plays.marked();
  const some = await plays.some();
  const one = new PlayedRecording(venue, { symbols });
  const other = new PlayedRecording(venue, { symbols, laterMs: LATER_MS });
  for (const [at, frame] of some.entries()) {
    await one.play(frame, at + 1);
    await other.play(marked[at]!, at + 1);
    const what = `frame ${at + 1}, beside another connection (${KEEP}): reports`;
    assertEqual(seen(one.frames[at]!), seen(plain[at]!), what);
    assertEqual(seen(other.frames[at]!), seen(alone[at]!.played), what);
  }
  for (const [number, part] of BEGINNINGS.entries()) {
    await checkBeginning(venue, plays, Math.floor(some.length * part), (number + 1) * MARKS_APART);
  }
}

/** A connection that begins in the middle must not know what was before. */
async function checkBeginning(
  venue: Venue,
  plays: SubscribedPlays,
  begin: number,
  firstMark: number,
): Promise<void> {
  const { frames: plain } = await plays.plain();
  const earlier = new NumbersSoFar();
  for (const { data } of [...(await plays.some()), ...(await plays.marked()).frames])
    earlier.add({ connection: '', data });
  const marker = await plays.otherMarker(firstMark);
  const rest = (await plays.some()).slice(begin).map((frame, at) => marker.mark(frame, at));
  const { frames } = await playedRecording(venue, rest, { symbols: plays.asked, laterMs: LATER_MS });
  const soFar = new NumbersSoFar();
  for (const [at, frame] of frames.entries()) {
    soFar.add(frame);
    const before = plain[begin + at]!.updates;
    for (const [index, update] of frame.updates.entries()) {
      for (const field of PRICE_FIELDS) {
        const value = update[field];
        assert(
          value === undefined ||
            soFar.has(frame.connection, String(value)) ||
            !earlier.has('', String(value)),
          `on a connection that begins at frame ${begin + 1}, frame ${begin + at + 1} gives ${update.symbol} the ${field} ${value}, ` +
            `which is of an earlier connection: ${KEEP}`,
        );
      }
      if (before.length !== frame.updates.length) continue;
      assert(
        before[index]!.sequence === update.sequence,
        `frame ${begin + at + 1}: the sequence of ${update.symbol} is ${before[index]!.sequence}, but ${update.sequence} on a connection ` +
          'that begins later: pass the number of the venue, not a count of your own',
      );
    }
  }
}

/** Reports without frames that were sent, which may have tokens and ids. */
function seen({ reports }: PlayedFrame): VenueReport[] {
  return reports.filter(({ kind }) => kind !== 'sent');
}
