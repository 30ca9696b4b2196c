import type { PriceUpdate } from '../../../core/prices/price-update.js';
import type { Venue } from '../venue.js';
import type { RecordedFrame } from './recorded-session.js';
import { VenueRun, type VenueReport } from './venue-run.js';

/** Time of frames without one, ms since 1970: far from any recording, so that a time of receipt differs from a time of the venue. */
export const RECORDED_AT = 1_700_000_000_000;

/** One frame of a recording, and what the venue made of it. */
export interface PlayedFrame {
  /** Number of the frame in the recording, from 1. */
  readonly number: number;
  readonly connection: string;
  readonly data: string | Uint8Array;
  /** When it was recorded; `undefined` if the recording has no times. */
  readonly recordedAt: number | undefined;
  /** When the venue was told that it came. */
  readonly receivedAt: number;
  readonly reports: readonly VenueReport[];
  readonly updates: readonly PriceUpdate[];
  /** Calls of `control()` and `rejected()`. */
  readonly others: number;
}

/** How a recording is played. */
export interface PlayOptions {
  /** What is subscribed as soon as the session can. */
  readonly symbols: readonly string[];
  /** Added to each time of receipt, ms. Default 0. */
  readonly laterMs?: number;
}

/** One connection on which frames are played to a venue. */
export class PlayedConnection {
  readonly run: VenueRun;
  /** Reports before the first frame, and while symbols were requested. */
  readonly early: VenueReport[] = [];
  readonly #symbols: readonly string[];
  hasSubscribed = false;

  constructor(venue: Venue, at: number, symbols: readonly string[]) {
    this.run = new VenueRun(venue, at);
    const most = venue.limits?.symbolsPerFrame ?? 100;
    this.#symbols = symbols.slice(0, Math.min(most, venue.limits?.symbolsPerConnection ?? most));
  }

  /** Logs in, as far as that needs no frame. */
  async open(): Promise<void> {
    await this.run.session.start?.();
    this.early.push(...this.run.reports);
    await this.subscribe();
  }

  receive(data: string | Uint8Array, at: number): Pick<PlayedFrame, 'reports' | 'updates' | 'others'> {
    const { run } = this;
    const before = run.reports.length;
    const explained = run.explained;
    run.receive(data, at);
    const reports = run.reports.slice(before);
    const updates = reports.flatMap((each) => (each.kind === 'update' ? [each.update] : []));
    const counted = reports.filter(({ kind }) => kind !== 'sent').length;
    return { reports, updates, others: run.explained - explained - counted };
  }

  /** Requests the symbols as soon as the session is ready. */
  async subscribe(): Promise<void> {
    const { session, reports } = this.run;
    const isReady = !session.start || reports.some(({ kind }) => kind === 'ready');
    if (this.hasSubscribed || !isReady) return;
    this.hasSubscribed = true;
    const before = reports.length;
    if (this.#symbols.length > 0) await session.subscribe(this.#symbols);
    this.early.push(...reports.slice(before));
  }
}

/** A recording that was played to a venue, each of its connections to a session of its own. */
export class PlayedRecording {
  readonly frames: PlayedFrame[] = [];
  readonly connections = new Map<string, PlayedConnection>();
  readonly #venue: Venue;
  readonly #options: PlayOptions;

  constructor(venue: Venue, options: PlayOptions) {
    this.#venue = venue;
    this.#options = options;
  }

  /** Plays the next frame. */
  async play(frame: RecordedFrame, number: number): Promise<void> {
    const { connection, at, data } = frame;
    const { symbols, laterMs = 0 } = this.#options;
    const receivedAt = (at ?? RECORDED_AT) + laterMs;
    let played = this.connections.get(connection);
    if (!played) {
      played = new PlayedConnection(this.#venue, receivedAt, symbols);
      this.connections.set(connection, played);
      await played.open();
    }
    const made = played.receive(data, receivedAt);
    if (made.reports.some(({ kind }) => kind === 'ready')) await played.subscribe();
    this.frames.push({ number, connection, data, recordedAt: at, receivedAt, ...made });
  }
}

/** Plays all frames. */
export async function playedRecording(
  venue: Venue,
  frames: readonly RecordedFrame[],
  options: PlayOptions,
): Promise<PlayedRecording> {
  const played = new PlayedRecording(venue, options);
  for (const [at, frame] of frames.entries()) await played.play(frame, at + 1);
  return played;
}
