import { TickmarkError } from '../../../core/errors.js';
import { inflateWith } from '../inflate.js';
import type { Venue } from '../venue.js';

/** Longest frame of a recording, after it is decompressed. */
const MAX_BYTES = 2 ** 26;

/** A recorded frame of a venue. */
export interface RecordedFrame {
  /** Id of its connection. */
  readonly connection: string;
  /** When it was received, ms since 1970; `undefined` if the recording has no time. */
  readonly at: number | undefined;
  readonly data: string | Uint8Array;
}

interface SessionRecord {
  readonly t?: unknown;
  readonly conn?: unknown;
  readonly ts?: unknown;
  readonly data?: unknown;
  readonly b64?: unknown;
}

const KINDS: readonly unknown[] = ['header', 'connect', 'send', 'recv'];

/**
 * Reads the frames of a venue from a recorded session. Each line is a JSON object: `{"t": "header" | "connect" | "send" | "recv", "conn",
 * "ts": local seconds, "addr", "data": exact text of the frame}`; a binary frame has `b64` in place of `data`. Any other line counts as the
 * text of a frame.
 * @throws TickmarkError `MALFORMED_INPUT` for a `recv` record without `data` and `b64`.
 */
export function* readSession(text: string): Generator<RecordedFrame> {
  let number = 0;
  for (const line of text.split('\n')) {
    number++;
    if (line.trim() === '') continue;
    const record = recordOf(line);
    if (!record) yield { connection: '', at: undefined, data: line };
    else if (record.t === 'recv') yield frameOf(record, number);
  }
}

function recordOf(line: string): SessionRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const isRecord = typeof value === 'object' && value !== null && KINDS.includes((value as SessionRecord).t);
  return isRecord ? (value as SessionRecord) : undefined;
}

function frameOf({ conn, ts, data, b64 }: SessionRecord, number: number): RecordedFrame {
  const connection = String(conn ?? '');
  const at = typeof ts === 'number' ? ts * 1000 : undefined;
  if (typeof data === 'string') return { connection, at, data };
  if (typeof b64 === 'string') {
    return { connection, at, data: Uint8Array.from(atob(b64), (character) => character.charCodeAt(0)) };
  }
  throw new TickmarkError(
    'MALFORMED_INPUT',
    `Recorded session, line ${number}: a "recv" without "data" or "b64".`,
  );
}

/** A frame as the session of a venue gets it: bytes are decompressed and decoded, unless the encoding of the venue is `binary`. */
export async function readableFrame(
  frame: RecordedFrame,
  { name, encoding = 'text' }: Venue,
): Promise<RecordedFrame> {
  const { data } = frame;
  if (typeof data === 'string' || encoding === 'binary') return frame;
  if (encoding === 'text') return { ...frame, data: new TextDecoder().decode(data) };
  const text = await inflateWith(encoding)(data, MAX_BYTES);
  if (typeof text === 'string') return { ...frame, data: text };
  const message = `A binary frame of the recording of ${name} is not ${encoding} (${text.fault}).`;
  throw new TickmarkError('MALFORMED_INPUT', message);
}
