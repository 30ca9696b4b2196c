import type { Venue } from '../venue.js';
import { leavesOf } from './frame-leaves.js';
import { KnownSymbols } from './known-symbols.js';
import {
  FrameMarker,
  placesOfPrices,
  placesWithPoint,
  type MarkedFrame,
  type ReadFrame,
} from './marked-frames.js';
import { playedRecording, type PlayedFrame, type PlayedRecording } from './played-recording.js';
import { readableFrame, readSession, type RecordedFrame } from './recorded-session.js';
import type { MarkedPlay } from './price-rules.js';

/** A recorded session to test a venue with. */
export interface VenueRecording {
  /** Name in the titles of the tests. */
  readonly name: string;
  /**
   * The text, or a function that reads it. Each line is one frame, or a JSON object
   * `{"t": "recv", "conn": "1", "ts": 1700000000.123, "data": "the text of the frame"}`, with `b64` in place of `data` for a binary frame.
   * Objects with another `t` (`header`, `connect`, `send`) are skipped. The first 20,000 frames are played.
   */
  readonly text: string | (() => string | Promise<string>);
  /**
   * The expected prices of a frame, decoded independently of the venue. Default: only what the recording itself shows is compared.
   */
  readonly pricesOf?: (frame: string) => readonly { readonly symbol: string; readonly price: string }[];
}

/** How much later the marked frames are received, ms: no zone is that far from another. */
export const LATER_MS = 12_345_678;
/** Most frames of a recording that are played. */
const ALL_FRAMES = 20_000;
/** Most frames that are played more than once. */
const MOST_FRAMES = 2000;
/** Most characters whose values are read, and in one frame: books have thousands of them. */
const MOST_CHARACTERS = 1_500_000;
const LONGEST_FRAME = 300_000;

/** A recording with marks, and what a venue made of it. */
export interface MarkedRecording {
  readonly frames: readonly MarkedFrame[];
  readonly plays: readonly MarkedPlay[];
  readonly marker: FrameMarker;
}

/** One recording, and its first play. */
export class RecordingPlays {
  readonly recording: VenueRecording;
  readonly #venue: () => Venue;
  readonly #frames: () => Promise<RecordedFrame[]>;
  readonly #some = once(async () => readFrames((await this.#frames()).slice(0, MOST_FRAMES)));
  /** The first play, before anything is known of the recording. */
  readonly first = once(async () => playedRecording(this.#venue(), await this.#some(), { symbols: [] }));

  constructor(venue: () => Venue, recording: VenueRecording) {
    this.recording = recording;
    this.#venue = venue;
    const { text } = recording;
    this.#frames = once(async () => {
      const tested = venue();
      const frames: RecordedFrame[] = [];
      for (const frame of firstOf(readSession(typeof text === 'string' ? text : await text()), ALL_FRAMES))
        frames.push(await readableFrame(frame, tested));
      return frames;
    });
  }

  /** The frames that are played more than once, with their values. */
  some(): Promise<readonly ReadFrame[]> {
    return this.#some();
  }

  /** Symbols that have prices. */
  async pricedSymbols(): Promise<Set<string>> {
    const { frames } = await this.first();
    return new Set(frames.flatMap(({ updates }) => updates.map(({ symbol }) => symbol)));
  }

  /** Plays the recording with these symbols subscribed. */
  subscribed(symbols: readonly string[]): SubscribedPlays {
    return new SubscribedPlays(this.#venue, this.#frames, this.#some, symbols);
  }
}

/** The plays of one recording with its symbols subscribed, each made once and only if a rule needs it. */
export class SubscribedPlays {
  readonly asked: readonly string[];
  readonly #venue: () => Venue;
  readonly #some: () => Promise<readonly ReadFrame[]>;
  /** The whole recording as it is. */
  readonly plain: () => Promise<PlayedRecording>;
  /** What the recording says about symbols. */
  readonly symbols = once(async () => {
    const { frames } = await this.plain();
    const known = new KnownSymbols([
      ...this.asked,
      ...frames.flatMap(({ updates }) => updates.map(({ symbol }) => symbol)),
    ]);
    const some = await this.#some();
    for (const { leaves } of some) known.learn(leaves);
    for (const { leaves } of some) known.place(leaves);
    return known;
  });
  /** The recording with marks, each frame received later than it was recorded. */
  readonly marked = once(() => this.#playMarked());

  constructor(
    venue: () => Venue,
    frames: () => Promise<RecordedFrame[]>,
    some: () => Promise<readonly ReadFrame[]>,
    symbols: readonly string[],
  ) {
    this.asked = symbols;
    this.#venue = venue;
    this.#some = some;
    this.plain = once(async () => playedRecording(venue(), await frames(), { symbols }));
  }

  some(): Promise<readonly ReadFrame[]> {
    return this.#some();
  }

  /** A marker that makes other marks than those of `marked()`. */
  async otherMarker(first: number): Promise<FrameMarker> {
    return new FrameMarker((await this.marked()).marker.places, first);
  }

  async #playMarked(): Promise<MarkedRecording> {
    const some = await this.#some();
    await this.symbols();
    const frames = (await this.plain()).frames.slice(0, some.length);
    const places = placesOfPrices(frames, some);
    const all = await this.#playWith(new FrameMarker(places), some);
    if (othersIn(all.plays.map(({ played }) => played)) <= othersIn(frames)) return all;
    // An id was taken for a price.
    return this.#playWith(new FrameMarker(placesWithPoint(places, some)), some);
  }

  async #playWith(marker: FrameMarker, some: readonly ReadFrame[]): Promise<MarkedRecording> {
    const frames = some.map((frame, at) => marker.mark(frame, at));
    const options = { symbols: this.asked, laterMs: LATER_MS };
    const { frames: played } = await playedRecording(this.#venue(), frames, options);
    return { frames, plays: frames.map((frame, at) => ({ frame, played: played[at]! })), marker };
  }
}

/** Calls a function once, and keeps what it returned. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function firstOf<T>(all: Iterable<T>, count: number): T[] {
  const first: T[] = [];
  for (const each of all) if (first.push(each) === count) break;
  return first;
}

function readFrames(frames: readonly RecordedFrame[]): ReadFrame[] {
  let characters = 0;
  return frames.map((frame) => {
    const { length } = frame.data;
    const isRead = length <= LONGEST_FRAME && characters + length <= MOST_CHARACTERS;
    if (isRead) characters += length;
    return { ...frame, leaves: isRead ? leavesOf(frame.data) : [] };
  });
}

function othersIn(frames: readonly PlayedFrame[]): number {
  return frames.reduce((sum, { others }) => sum + others, 0);
}
