import { assert } from '../../../conformance/assertions.js';
import type { Venue } from '../venue.js';
import { leavesOf } from './frame-leaves.js';
import { KnownSymbols } from './known-symbols.js';
import { RECORDED_AT, type PlayedFrame, type PlayedRecording } from './played-recording.js';
import { VenueRun } from './venue-run.js';

type Verb = 'subscribe' | 'unsubscribe';

/** Fails if the frames of `subscribe()` and `unsubscribe()` name the wrong symbols, or are the same. */
export async function checkRequests(venue: () => Venue, symbols: readonly string[]): Promise<void> {
  const most = venue().limits?.symbolsPerFrame ?? 100;
  const some = symbols.slice(0, most);
  for (const verb of ['subscribe', 'unsubscribe'] as const) {
    await checkNames(venue(), verb, some, some);
    for (const symbol of some.slice(0, 3)) await checkNames(venue(), verb, [symbol], some);
  }
  const first = await framesFor(venue(), 'subscribe', some);
  const again = await framesFor(venue(), 'subscribe', some);
  const opposite = await framesFor(venue(), 'unsubscribe', some);
  assert(
    !isSameRequest(first, again, opposite),
    `unsubscribe() makes the same frames as subscribe(): ${opposite.join(' ').slice(0, 200)}`,
  );
}

async function checkNames(
  venue: Venue,
  verb: Verb,
  asked: readonly string[],
  all: readonly string[],
): Promise<void> {
  const run = new VenueRun(venue, RECORDED_AT);
  if (verb === 'unsubscribe') await run.session.subscribe(all);
  const frames = await run.session[verb](asked);
  assert(frames.length > 0, `${verb}() gives at least one frame`);
  const text = frames.join('\n').toLowerCase();
  for (const symbol of asked)
    assert(
      text.includes(symbol.toLowerCase()),
      `${verb}() names ${symbol}; its frames are ${text.slice(0, 200)}`,
    );
  const rest = asked.reduce((left, symbol) => left.replaceAll(symbol.toLowerCase(), ''), text);
  for (const other of all) {
    const isPart = asked.some((symbol) => symbol.toLowerCase().includes(other.toLowerCase()));
    assert(
      asked.includes(other) || isPart || other.length < 3 || !rest.includes(other.toLowerCase()),
      `${verb}(${asked.join()}) names ${other} as well; its frames are ${text.slice(0, 200)}`,
    );
  }
}

async function framesFor(venue: Venue, verb: Verb, symbols: readonly string[]): Promise<readonly string[]> {
  return new VenueRun(venue, RECORDED_AT).session[verb](symbols);
}

/** Whether two requests differ only where the first one differs from itself when it is made again: an id, a token. */
function isSameRequest(
  first: readonly string[],
  again: readonly string[],
  other: readonly string[],
): boolean {
  const [a, b, c] = [first, again, other].map((frames) => frames.join('\n').match(/\w+|[^\w\s]/g) ?? []);
  return a!.length === c!.length && a!.every((token, at) => token === c![at] || token !== b![at]);
}

/** Fails if a session does not say what the venue has answered: to a login, and to subscriptions. */
export function checkAnswers(
  venue: Venue,
  played: readonly PlayedRecording[],
  symbols: readonly string[],
): void {
  const early = played.flatMap(({ connections }) => [...connections.values()].flatMap((each) => each.early));
  const frames = played.flatMap((each) => each.frames);
  const reports = frames.flatMap((each) => each.reports);
  const hasStart = played.some(({ connections }) =>
    [...connections.values()].some(({ run }) => run.session.start !== undefined),
  );
  const secrets = [...(venue.secrets ?? [])];
  const login = early.findIndex(
    (each) => each.kind === 'sent' && secrets.some((secret) => each.text.includes(secret)),
  );
  const isReadyEarly = early.some(({ kind }) => kind === 'ready');
  assert(
    !hasStart || isReadyEarly || reports.some(({ kind }) => kind === 'ready'),
    'the session has start(), so it must call ready() when the login has succeeded: no frame of the recordings leads to it. ' +
      'Record a session from its beginning',
  );
  assert(
    login < 0 || !isReadyEarly,
    'ready() is called as soon as the login has been sent: call it when the venue has accepted the login',
  );
  if (venue.acknowledges === false) return;
  assert(
    !early.some(({ kind }) => kind === 'confirmed'),
    'confirmed() is called before the venue has answered: call it when a frame confirms the symbols',
  );
  assert(
    reports.some(({ kind }) => kind === 'confirmed'),
    'confirmed() is never called: no frame of the recordings leads to it. Record a session from its beginning, with the answers to ' +
      'its subscriptions; a venue that does not answer has acknowledges: false',
  );
  for (const frame of frames) checkConfirmed(frame, symbols);
}

/** Fails if symbols are confirmed that an answer does not name, although it names others. */
function checkConfirmed({ number, data, reports }: PlayedFrame, symbols: readonly string[]): void {
  const confirmed = reports.flatMap((each) => (each.kind === 'confirmed' ? each.symbols : []));
  const refused = reports.flatMap((each) => (each.kind === 'refused' ? [each.symbol] : []));
  if (confirmed.length + refused.length === 0) return;
  const known = new KnownSymbols(symbols);
  const named = new Set(leavesOf(data).flatMap(({ text }) => known.namedBy(text) ?? []));
  for (const symbol of [...confirmed, ...refused]) {
    const asked = symbols.find((each) => each.toLowerCase() === symbol.toLowerCase());
    assert(
      asked === undefined || asked === symbol,
      `frame ${number}: ${symbol} is confirmed or refused, but ${asked} was requested`,
    );
  }
  for (const symbol of confirmed) {
    assert(!refused.includes(symbol), `frame ${number}: ${symbol} is both confirmed and refused`);
    assert(
      named.size === 0 || named.has(symbol) || !symbols.includes(symbol),
      `frame ${number} names ${[...named].join(', ')}, but ${symbol} is confirmed`,
    );
  }
}
