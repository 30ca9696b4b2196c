import { CloseCode } from '../../protocol/close-codes.js';
import { ADDED_PARAMETER, POSITION_PARAMETER, TOPIC_PARAMETER } from '../../protocol/event-stream.js';
import { PROTOCOL_VERSION } from '../../protocol/server-messages.js';
import { parsePosition, type StreamPositionParts } from '../../protocol/stream-position.js';
import { parseTopic, type Topic } from '../../protocol/topic.js';
import type { Refusal } from '../admission/refusal.js';

/** What a GET requests. */
export interface StreamQuery {
  readonly topics: readonly Topic[];
  /** Of these topics the reader has no value yet. */
  readonly added: ReadonlySet<Topic>;
  readonly position: StreamPositionParts | null;
}

/** Reads the query of an event stream. */
export function readStreamQuery({ url, headers }: Request): StreamQuery | Refusal {
  const query = new URL(url).searchParams;
  const version = query.get('protocol');
  if (version !== null && version !== `${PROTOCOL_VERSION}`) {
    return {
      code: CloseCode.UNSUPPORTED_PROTOCOL,
      reason: `This gateway speaks protocol ${PROTOCOL_VERSION} only.`,
    };
  }
  // `Last-Event-ID` is what the browser has of this very stream, so it is newer than the position in the URL.
  const lastEventId = headers.get('last-event-id') ?? '';
  const given = lastEventId === '' ? query.get(POSITION_PARAMETER) : lastEventId;
  const position = given === null ? null : parsePosition(given);
  if (given !== null && !position) return badRequest('Invalid position; expected one such as "epoch:12".');
  const added = query.getAll(ADDED_PARAMETER);
  const topics = [...query.getAll(TOPIC_PARAMETER), ...added];
  if (topics.length === 0) return badRequest('No topic is requested; expected ?topic=portfolio%3Adesk');
  if (!topics.every((text): text is Topic => parseTopic(text) !== null)) {
    return badRequest('Invalid topic; expected one such as "portfolio:desk".');
  }
  return { topics, added: new Set(lastEventId === '' ? (added as Topic[]) : []), position };
}

function badRequest(reason: string): Refusal {
  return { code: CloseCode.BAD_REQUEST, reason };
}
