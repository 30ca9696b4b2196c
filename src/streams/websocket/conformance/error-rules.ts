import { assert } from '../../../conformance/assertions.js';
import type { Venue } from '../venue.js';
import { keyOf, leavesOf, withLeaves } from './frame-leaves.js';
import type { KnownSymbols } from './known-symbols.js';
import { PlayedConnection, RECORDED_AT, type PlayedFrame } from './played-recording.js';

const ENDING: readonly string[] = ['fatal', 'broken'];
const ERROR_KEY = /^err(or)?$/i;
const SAYS_ERROR = /error|fail|invalid|unknown|not found|denied|reject|refus|unsupported|no such/i;
/** What venues call an answer that is an error. */
const WORDS = ['error', 'err', 'failed', 'rejected'];
const MESSAGE = 'no such symbol';
/** Longest frame that can be an error, in characters. */
const LONGEST_ERROR = 2000;
/** Most frames in which words are replaced: each has another shape. */
const SHAPES = 12;
/** Frames that are played before an error. */
const BEFORE = 500;

/** Fails if prices follow a frame that the venue took for the end of the connection, or if that frame names one symbol. */
export function checkEndings(frames: readonly PlayedFrame[], symbols: KnownSymbols): void {
  for (const [at, { number, connection, data, reports }] of frames.entries()) {
    const ending = reports.find(({ kind }) => ENDING.includes(kind));
    if (!ending) continue;
    const about = leavesOf(data)
      .map(({ text }) => symbols.namedBy(text))
      .find((each) => each !== undefined);
    assert(
      about === undefined,
      `frame ${number} is about ${about}, but leads to ${ending.kind}(): report an error of one symbol by refused()`,
    );
    const next = frames
      .slice(at + 1)
      .find((each) => each.connection === connection && each.updates.length > 0);
    assert(
      next === undefined,
      `frame ${number} leads to ${ending.kind}(), but the venue goes on with prices on this connection (frame ${next?.number})`,
    );
  }
}

/** Fails if a frame that comes again and again, such as a heartbeat, is reported as a gap: all prices would be stale after each. */
export function checkGaps(frames: readonly PlayedFrame[]): void {
  const seen = new Set<string>();
  for (const { number, connection, data, reports, updates } of frames) {
    if (typeof data !== 'string' || updates.length > 0 || !reports.some(({ kind }) => kind === 'gap'))
      continue;
    const key = `${connection} ${data}`;
    assert(
      !seen.has(key),
      `frame ${number} leads to gap(), as the same frame did before: ${data.slice(0, 80)}`,
    );
    seen.add(key);
  }
}

/** Fails if an error that names a symbol without prices is not reported as its refusal. */
export function checkRefusals(frames: readonly PlayedFrame[], symbols: KnownSymbols): void {
  const told = new Set(
    frames.flatMap(({ reports }) =>
      reports.flatMap((each) => {
        if (each.kind === 'update') return [each.update.symbol];
        if (each.kind === 'refused') return [each.symbol];
        return each.kind === 'confirmed' ? each.symbols : [];
      }),
    ),
  );
  for (const { number, data, updates } of frames) {
    if (data.length > LONGEST_ERROR || updates.length > 0) continue;
    const leaves = leavesOf(data);
    if (!leaves.some(({ text, path }) => SAYS_ERROR.test(text) || ERROR_KEY.test(keyOf(path)))) continue;
    const silent = leaves
      .map(({ text }) => symbols.namedBy(text))
      .find((symbol) => symbol !== undefined && !told.has(symbol));
    assert(
      silent === undefined,
      `frame ${number} is an error of ${silent}, which is not reported by refused()`,
    );
  }
}

/** Fails if an error that may be about anything ends the stream for good. The errors are made of recorded frames. */
export async function checkGeneralErrors(
  venue: Venue,
  frames: readonly PlayedFrame[],
  symbols: KnownSymbols,
  asked: readonly string[],
): Promise<void> {
  const [first] = frames;
  if (!first) return;
  const own = frames.filter(({ connection }) => connection === first.connection).slice(0, BEFORE);
  const connection = new PlayedConnection(venue, first.receivedAt, asked);
  await connection.open();
  for (const { data, receivedAt } of own) {
    connection.receive(data, receivedAt);
    if (!connection.hasSubscribed) await connection.subscribe();
  }
  // The answer to a login, and what is before it, may well be final.
  const login = own.findIndex(({ reports }) => reports.some(({ kind }) => kind === 'ready'));
  if (connection.run.session.start && login < 0 && !connection.early.some(({ kind }) => kind === 'ready'))
    return;
  for (const error of errorsLike(own.slice(login + 1), symbols)) {
    const { reports } = connection.receive(error, own.at(-1)?.receivedAt ?? RECORDED_AT);
    assert(
      !reports.some(({ kind }) => kind === 'fatal'),
      `an error that need not be final leads to fatal(): ${error.slice(0, 300)}. Call fatal() only for codes and messages that say ` +
        'that no retry helps; report an error of a symbol by refused()',
    );
  }
}

function* errorsLike(frames: readonly PlayedFrame[], symbols: KnownSymbols): Generator<string> {
  const shapes = new Set<string>();
  for (const { data } of frames) {
    if (typeof data !== 'string' || data.length > LONGEST_ERROR) continue;
    const leaves = leavesOf(data);
    const shape = leaves.map(({ path }) => path).join();
    if (shapes.has(shape)) continue;
    shapes.add(shape);
    if (shapes.size > SHAPES) return;
    for (const leaf of leaves) {
      const isWord =
        leaf.isQuoted && /^[A-Za-z_-]{1,30}$/.test(leaf.text) && symbols.namedBy(leaf.text) === undefined;
      const isTrue = !leaf.isQuoted && leaf.text === 'true';
      if (!isWord && !isTrue) continue;
      const isUpper = leaf.text === leaf.text.toUpperCase();
      for (const word of isTrue ? ['false'] : WORDS) {
        const text = isWord && isUpper && leaf.text.length > 1 ? word.toUpperCase() : word;
        const changed = withLeaves(data, leaves, (each) => (each === leaf ? text : undefined));
        yield withMessage(changed, leaf.start);
      }
    }
  }
}

/** Adds the usual fields of an error to the object that a place of a frame is in. */
function withMessage(frame: string, place: number): string {
  const end = frame.indexOf('}', place);
  if (end < 0) return frame;
  const fields = ['msg', 'message', 'error', 'reason'].filter((key) => !frame.includes(`"${key}":`));
  const text = fields.map((key) => `,"${key}":"${MESSAGE}"`).join('');
  return `${frame.slice(0, end)},"code":4000${text}${frame.slice(end)}`.replaceAll(
    /"(msg|message|error|reason)":"[^"]*"/g,
    `"$1":"${MESSAGE}"`,
  );
}
