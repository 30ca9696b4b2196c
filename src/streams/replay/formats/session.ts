import { Buffer } from 'node:buffer';
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { updateFault, type PriceUpdate } from '../../../core/prices/price-update.js';
import type { PriceStreamGap } from '../../../core/prices/price-stream-gap.js';
import {
  controlLine,
  rejectedLine,
  type DecodedLine,
  type LineNote,
  type RecordingFormat,
} from '../recording-format.js';

/** What a session reports to: the part of `VenueSink` of `tickmark/websocket` that every session may call. */
export interface SessionSink {
  now(): number;
  update(update: PriceUpdate): void;
  control(kind: string): void;
  rejected(reason: string): void;
  ready(): void;
  confirmed(symbols: readonly string[]): void;
  refused(symbol: string, reason: string, code?: string | number): void;
  gap(symbols?: readonly string[]): void;
  rotate(why: string): void;
  broken(why: string, retryAfterMs?: number): void;
  fatal(code: string, message: string): void;
  send(text: string): void;
}

/** Decodes the frames of a provider. Every `Venue` of `tickmark/websocket` is one. */
export interface SessionVenue {
  readonly name: string;
  /** What its binary frames are. Default `text`, in UTF-8. */
  readonly encoding?: 'text' | 'binary' | 'gzip' | 'deflate' | 'deflate-raw';
  /** Makes the session of one connection. */
  open(sink: SessionSink): { receive(frame: string, receivedAt: number): void };
}

/** Whether a line is a record of a session. */
export function isSession(line: string): boolean {
  return /^\s*\{\s*"t"\s*:\s*"(?:header|connect|send|recv)"/.test(line);
}

const MALFORMED_JSON = rejectedLine('malformed-json');
const MALFORMED_RECORD = rejectedLine('malformed-record');
const UNEXPLAINED = rejectedLine('unexplained');
const VENUE_THREW = rejectedLine('decoder-threw');
const BAD_COMPRESSION = rejectedLine('bad-compression');

const INFLATE = { gzip: gunzipSync, deflate: inflateSync, 'deflate-raw': inflateRawSync };
/** Longest frame, after it is decompressed. */
const MAX_BYTES = 2 ** 26;
const CONTROL_LINES = new Map(['header', 'connect', 'send'].map((name) => [name, controlLine(name)]));

/**
 * Format of recorded WebSocket sessions, which a venue decodes. Each line is a JSON object: `{"t": "header" | "connect" | "send" | "recv",
 * "conn", "ts": local seconds, "data": exact text of a frame}`; a binary frame has `b64` in place of `data`. Each `recv` goes to the venue's
 * session of its connection; a `connect` starts a new session.
 *
 * A frame without prices is counted as `control` or `rejected`, with the venue's names, or as `unexplained` if the venue did not account for
 * it. A frame without `ts` has the time of the frame before it.
 *
 * @example
 * ```ts
 * import { ReplayPriceStreamAdapter, sessionRecording } from 'tickmark/replay';
 * import { binance } from 'tickmark/websocket';
 *
 * const stream = new ReplayPriceStreamAdapter({
 *   files: 'binance.session.jsonl.gz',
 *   format: sessionRecording(binance()),
 *   symbols: 'all',
 * });
 * ```
 */
export function sessionRecording(venue: SessionVenue): RecordingFormat {
  return {
    name: `session of ${venue.name}`,
    heeds: [],
    detect: ({ firstLine }) => isSession(firstLine),
    decoder: () => {
      const connections = new Map<string, Connection>();
      let at = 0;
      return (line) => {
        let record: Record<string, unknown> | null;
        try {
          record = JSON.parse(line) as Record<string, unknown> | null;
        } catch {
          return MALFORMED_JSON;
        }
        const { t, conn, ts } = record ?? {};
        const id = String(conn ?? '');
        if (t === 'connect') connections.delete(id);
        if (t !== 'recv') return CONTROL_LINES.get(String(t)) ?? MALFORMED_RECORD;
        const frame = frameOf(record!, venue.encoding);
        if (isNote(frame)) return frame;
        if (typeof ts === 'number') at = Math.floor(ts * 1000);
        let connection = connections.get(id);
        if (!connection) connections.set(id, (connection = new Connection(venue)));
        return connection.receive(frame, at);
      };
    },
  };
}

/** The frame of a record as a session gets it, or why there is none. */
function frameOf(
  { data, b64 }: Readonly<Record<string, unknown>>,
  encoding: SessionVenue['encoding'] = 'text',
): string | Uint8Array | LineNote {
  if (typeof data === 'string') return data;
  if (typeof b64 !== 'string') return MALFORMED_RECORD;
  const bytes = Buffer.from(b64, 'base64');
  if (encoding === 'binary') return bytes;
  if (encoding === 'text') return bytes.toString();
  try {
    return INFLATE[encoding](bytes, { maxOutputLength: MAX_BYTES }).toString();
  } catch {
    return BAD_COMPRESSION;
  }
}

function isNote(frame: string | Uint8Array | LineNote): frame is LineNote {
  return typeof frame === 'object' && !(frame instanceof Uint8Array);
}

/** One connection of a venue without a network. */
class Connection implements SessionSink {
  readonly #session: ReturnType<SessionVenue['open']>;
  #at = 0;
  #messages: (PriceUpdate | PriceStreamGap)[] = [];
  #note: LineNote | undefined;
  readonly #seen = new Set<string>();
  #lastAt = 0;

  constructor(venue: SessionVenue) {
    this.#session = venue.open(this);
  }

  receive(frame: string | Uint8Array, at: number): DecodedLine {
    this.#lastAt = this.#at;
    this.#at = at;
    this.#messages = [];
    this.#note = undefined;
    try {
      // Bytes only where the encoding of the venue is `binary`.
      this.#session.receive(frame as string, at);
    } catch {
      return VENUE_THREW;
    }
    if (this.#messages.some((message) => 'price' in message)) return this.#messages;
    return this.#messages[0] ?? this.#note ?? UNEXPLAINED;
  }

  now(): number {
    return this.#at;
  }

  update(update: PriceUpdate): void {
    const fault = updateFault(update, true);
    if (fault !== null) return this.rejected(fault);
    this.#seen.add(update.symbol);
    this.#messages.push({ ...update, receivedAt: update.receivedAt ?? this.#at });
  }

  control(kind: string): void {
    this.#note ??= controlLine(kind);
  }

  rejected(reason: string): void {
    // A rejection is more important than a control note.
    if (this.#note?.type !== 'rejected') this.#note = rejectedLine(reason);
  }

  ready(): void {
    this.control('ready');
  }

  confirmed(): void {
    this.control('confirmed');
  }

  refused(): void {
    this.control('refused');
  }

  gap(symbols: readonly string[] = [...this.#seen]): void {
    this.control('gap');
    if (symbols.length === 0) return;
    const from = Math.min(this.#lastAt, this.#at);
    this.#messages.push({ type: 'gap', from, to: this.#at, symbols, reason: 'sequence', recovered: false });
  }

  rotate(): void {
    this.control('rotate');
  }

  broken(): void {
    this.control('broken');
  }

  fatal(): void {
    this.control('fatal');
  }

  send(): void {
    // The venue's answers are in the recording.
  }
}
