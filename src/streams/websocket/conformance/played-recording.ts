import { TickmarkError } from '../../../core/errors.js';
import type { PriceUpdate } from '../../../core/prices/price-update.js';
import { inflateWith } from '../inflate.js';
import type { Venue } from '../venue.js';
import { readSession, type RecordedFrame } from './recorded-session.js';
import { VenueRun } from './venue-run.js';

/** A recorded session to test a venue with. */
export interface VenueRecording {
  /** Name in the titles of the tests. */
  readonly name: string;
  /**
   * The text, or a function that reads it. Each line is one frame, or a JSON object
   * `{"t": "recv", "conn": "1", "ts": 1700000000.123, "data": "the text of the frame"}`, with `b64` in place of `data` for a binary frame.
   * Objects with another `t` (`header`, `connect`, `send`) are skipped.
   */
  readonly text: string | (() => string | Promise<string>);
  /** Least number of prices, so that a venue that decodes nothing cannot pass. Default 1. */
  readonly minPrices?: number;
  /** The expected prices of a frame, decoded independently of the venue. Default: not compared. */
  readonly pricesOf?: (frame: string) => readonly { readonly symbol: string; readonly price: string }[];
  /**
   * Greatest difference in ms between a price's time and the time at which its frame was recorded. Default one hour: it detects seconds,
   * microseconds and local times.
   */
  readonly maxSkewMs?: number;
}

/** Longest frame of a recording, after it is decompressed. */
const MAX_BYTES = 2 ** 26;

/** Time of frames without one, ms since 1970: far from any recording, so that a time of receipt differs from a time of the venue. */
export const RECORDED_AT = 1_700_000_000_000;

/** One frame of a recording, and what the venue made of it. */
export interface PlayedFrame {
  readonly frame: string | Uint8Array;
  readonly at: number | undefined;
  readonly updates: readonly PriceUpdate[];
  /** All numbers in the frames of the connection so far. */
  readonly numbers: ReadonlySet<string>;
}

/** The frames of a recording. */
export async function framesOf({ text }: VenueRecording): Promise<RecordedFrame[]> {
  return [...readSession(typeof text === 'string' ? text : await text())];
}

/** Plays a recording to a venue, each of its connections to a session of its own; `look` sees each frame. @returns The sessions. */
export async function playedRecording(
  venue: Venue,
  recording: VenueRecording,
  look?: (frame: PlayedFrame) => void,
): Promise<{ runs: VenueRun[] }> {
  const runs = new Map<string, { run: VenueRun; numbers: Set<string> }>();
  for (const { connection, at, data: sent } of await framesOf(recording)) {
    const data = await decompressed(sent, venue);
    let played = runs.get(connection);
    if (!played) {
      played = { run: new VenueRun(venue, at ?? RECORDED_AT), numbers: new Set() };
      runs.set(connection, played);
    }
    const { run, numbers } = played;
    const before = run.reports.length;
    run.receive(data, at ?? RECORDED_AT);
    if (!look) continue;
    for (const number of numbersOf(data)) numbers.add(number);
    const news = run.reports.slice(before);
    const updates = news.flatMap((each) => (each.kind === 'update' ? [each.update] : []));
    look({ frame: data, at, updates, numbers });
  }
  return { runs: [...runs.values()].map(({ run }) => run) };
}

/** Frames of a recording may be compressed, as the venue sent them. */
async function decompressed(
  data: string | Uint8Array,
  { name, encoding = 'text' }: Venue,
): Promise<string | Uint8Array> {
  if (typeof data === 'string' || encoding === 'text' || encoding === 'binary') return data;
  const text = await inflateWith(encoding)(data, MAX_BYTES);
  if (typeof text === 'string') return text;
  throw new TickmarkError(
    'MALFORMED_INPUT',
    `A binary frame of the recording of ${name} is not ${encoding} (${text.fault}).`,
  );
}

function numbersOf(data: string | Uint8Array): string[] {
  const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
  return text.match(/-?\d+(\.\d+)?([eE][+-]?\d+)?/g) ?? [];
}
