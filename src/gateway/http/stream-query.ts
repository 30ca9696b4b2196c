import { CloseCode } from '../../protocol/close-codes.js';
import { ADDED_PARAMETER, POSITION_PARAMETER, TOPIC_PARAMETER } from '../../protocol/event-stream.js';
import { PROTOCOL_VERSION } from '../../protocol/server-messages.js';
import { parsePosition, type StreamPositionParts } from '../../protocol/stream-position.js';
import { parseTopic, type Topic } from '../../protocol/topic.js';

/** What a GET asks for. */
export interface StreamQuery {
  readonly topics: readonly Topic[];
  /** Those of which the reader has nothing yet. */
  readonly added: ReadonlySet<Topic>;
  readonly position: StreamPositionParts | null;
}

/** Why a request is not served. */
export interface Refusal {
  readonly code: CloseCode;
  readonly reason: string;
}

/** Reads the query of an event stream. */
export function readStreamQuery({ url, headers }: Request): StreamQuery | Refusal {
  const query = new URL(url).searchParams;
  const version = query.get('protocol');
  if (version !== null && version !== `${PROTOCOL_VERSION}`) {
    return { code: CloseCode.UNSUPPORTED_PROTOCOL, reason: `Protocol ${PROTOCOL_VERSION} is spoken here.` };
  }
  // What the browser remembers of this very stream is newer than what its address says.
  const lastEventId = headers.get('last-event-id') ?? '';
  const given = lastEventId === '' ? query.get(POSITION_PARAMETER) : lastEventId;
  const position = given === null ? null : parsePosition(given);
  if (given !== null && !position) return badRequest('The position is none such as "epoch:12".');
  const added = query.getAll(ADDED_PARAMETER);
  const topics = [...query.getAll(TOPIC_PARAMETER), ...added];
  if (topics.length === 0) return badRequest('No topic is asked for: ?topic=portfolio%3Adesk');
  if (!topics.every((text): text is Topic => parseTopic(text) !== null)) {
    return badRequest('A topic is none such as "portfolio:desk".');
  }
  return { topics, added: new Set(lastEventId === '' ? (added as Topic[]) : []), position };
}

function badRequest(reason: string): Refusal {
  return { code: CloseCode.BAD_REQUEST, reason };
}
