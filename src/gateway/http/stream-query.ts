import { TickmarkError } from '../../core/errors.js';
import { CloseCode } from '../../protocol/close-codes.js';
import { readClientMessage } from '../../protocol/client-messages.js';
import { ADDED_PARAMETER, POSITION_PARAMETER, TOPIC_PARAMETER } from '../../protocol/event-stream.js';
import { PROTOCOL_VERSION } from '../../protocol/server-messages.js';
import { parsePosition, type StreamPositionParts } from '../../protocol/stream-position.js';
import { parseTopic, type Topic } from '../../protocol/topic.js';
import type { Refusal } from '../admission/refusal.js';
import type { HandledMessage } from '../readers/reader-messages.js';

/** The event stream that a request asks for. */
export interface StreamQuery {
  readonly topics: readonly Topic[];
  /** Of these topics the reader has no value yet. */
  readonly added: ReadonlySet<Topic>;
  readonly position: StreamPositionParts | null;
}

/** The change of an open event stream that a POST asks for. */
export interface StreamChangeQuery {
  readonly session: string;
  readonly messages: readonly HandledMessage[];
}

/** Messages of one POST. */
const MAX_MESSAGES = 16;
/** Topics of one request. Each that is refused is named in the answer. */
const MAX_TOPICS = 10_000;
const TOO_MANY_TOPICS = badRequest(`A request has ${MAX_TOPICS} topics at most.`);

/** Reads the query of a GET. */
export function readStreamQuery({ url, headers }: Request): StreamQuery | Refusal {
  const query = new URL(url).searchParams;
  // `Last-Event-ID` is what the browser has of this very stream, so it is newer than the position in the URL.
  const lastEventId = headers.get('last-event-id') ?? '';
  const position = lastEventId === '' ? query.get(POSITION_PARAMETER) : lastEventId;
  const topics = query.getAll(TOPIC_PARAMETER);
  return streamOf(topics, query.getAll(ADDED_PARAMETER), position, query.get('protocol'), lastEventId !== '');
}

/** Reads the body of a POST: a stream that is asked for, or the change of one that is open. */
export function readStreamBody(text: string): StreamQuery | StreamChangeQuery | Refusal {
  const body = parsedJson(text);
  if (typeof body !== 'object' || body === null) return badRequest('Invalid body; expected a JSON object.');
  const { session, messages, topics = [], added = [], position = null, protocol = null } = body as Body;
  if (session !== undefined) return changeOf(session, messages);
  if (!Array.isArray(topics) || !Array.isArray(added))
    return badRequest('Invalid body; expected lists of topics.');
  return streamOf(topics, added, position, protocol === null ? null : String(protocol));
}

type Body = Readonly<
  Partial<Record<'session' | 'messages' | 'topics' | 'added' | 'position' | 'protocol', unknown>>
>;

function streamOf(
  known: readonly unknown[],
  added: readonly unknown[],
  given: unknown,
  version: string | null,
  hasAll = false,
): StreamQuery | Refusal {
  if (version !== null && version !== `${PROTOCOL_VERSION}`) {
    return {
      code: CloseCode.UNSUPPORTED_PROTOCOL,
      reason: `This gateway speaks protocol ${PROTOCOL_VERSION} only.`,
    };
  }
  const position = typeof given === 'string' ? parsePosition(given) : null;
  if (given !== null && !position) return badRequest('Invalid position; expected one such as "epoch:12".');
  const topics = [...known, ...added];
  if (topics.length > MAX_TOPICS) return TOO_MANY_TOPICS;
  if (topics.length === 0) return badRequest('No topic is requested; expected ?topic=portfolio%3Adesk');
  if (!topics.every((text): text is Topic => typeof text === 'string' && parseTopic(text) !== null)) {
    return badRequest('Invalid topic; expected one such as "portfolio:desk".');
  }
  return { topics, added: new Set(hasAll ? [] : (added as Topic[])), position };
}

function changeOf(session: unknown, given: unknown): StreamChangeQuery | Refusal {
  if (typeof session !== 'string' || !Array.isArray(given) || given.length > MAX_MESSAGES)
    return badRequest(`Invalid change; expected a session and at most ${MAX_MESSAGES} messages.`);
  try {
    const messages = given.map(readClientMessage).filter((message) => message.type !== 'pong');
    const topics = messages.reduce((sum, each) => sum + ('topics' in each ? each.topics.length : 0), 0);
    return topics > MAX_TOPICS ? TOO_MANY_TOPICS : { session, messages };
  } catch (error) {
    return badRequest(error instanceof TickmarkError ? error.message.slice(0, 120) : 'Invalid message.');
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function badRequest(reason: string): Refusal {
  return { code: CloseCode.BAD_REQUEST, reason };
}
