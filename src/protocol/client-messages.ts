import { TickmarkError } from '../core/errors.js';
import {
  choiceField,
  field,
  integerField,
  malformed,
  objectField,
  ownField,
  stringField,
} from '../core/messaging/wire-fields.js';
import { parsePosition, type StreamPosition } from './stream-position.js';
import { parseTopic, type Topic } from './topic.js';

/** Subscribes to topics and requests their values. Answered by `snapshot`. Topics that are subscribed to already are sent again. */
export interface SubscribeMessage {
  readonly type: 'subscribe';
  /** Chosen by the sender, and repeated in the answer. */
  readonly request?: number;
  readonly topics: readonly Topic[];
}

/** Subscribes to topics whose values the sender has up to a position. Answered by `snapshot`, with the changes since then. */
export interface ResumeMessage {
  readonly type: 'resume';
  readonly request?: number;
  readonly topics: readonly Topic[];
  readonly position: StreamPosition;
}

/** Ends subscriptions. Topics that are not subscribed to are ignored. Not answered. */
export interface UnsubscribeMessage {
  readonly type: 'unsubscribe';
  readonly topics: readonly Topic[];
}

/**
 * Sends a bearer token: before the first subscription if the handshake had no credentials, and a new one before the old one expires.
 * Answered by `authenticated`.
 */
export interface AuthMessage {
  readonly type: 'auth';
  readonly request?: number;
  readonly token: string;
}

/** Answers `ping`. */
export interface PongMessage {
  readonly type: 'pong';
}

/** What a client may send over a WebSocket. */
export type ClientMessage = SubscribeMessage | ResumeMessage | UnsubscribeMessage | AuthMessage | PongMessage;

/** Maximum length of a token, in characters. */
export const MAX_TOKEN = 8192;

// What a header field may contain after `Bearer `: no space, no control character.
const TOKEN = /^[\x21-\x7e]+$/;

const typeField = choiceField<ClientMessage['type']>('subscribe', 'resume', 'unsubscribe', 'auth', 'pong');
const topicsField = field(
  (value): value is Topic[] =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((topic) => typeof topic === 'string' && parseTopic(topic) !== null),
  'a list of topics such as "portfolio:desk"',
);
const positionField = field(
  (value): value is StreamPosition => typeof value === 'string' && parsePosition(value) !== null,
  'a position such as "epoch:12"',
);

/** Reads a message of a client, and checks each field, because anyone may have written it. @throws TickmarkError `MALFORMED_INPUT`. */
export function parseClientMessage(text: string): ClientMessage {
  return readClientMessage(parseJson(text));
}

/** Checks a message that has been parsed from JSON; see {@link parseClientMessage}. */
export function readClientMessage(value: unknown): ClientMessage {
  const given = objectField(value, 'message');
  const type = typeField(ownField(given, 'type'), 'message.type');
  const answerTo = ownField(given, 'request');
  const request = answerTo === undefined ? {} : { request: integerField(answerTo, 'message.request') };
  switch (type) {
    case 'subscribe':
      return { type, ...request, topics: topics(given) };
    case 'resume': {
      const position = positionField(ownField(given, 'position'), 'message.position');
      return { type, ...request, topics: topics(given), position };
    }
    case 'unsubscribe':
      return { type, topics: topics(given) };
    case 'auth':
      return { type, ...request, token: token(given) };
    case 'pong':
      return { type };
  }
}

function topics(given: Readonly<Record<string, unknown>>): Topic[] {
  return topicsField(ownField(given, 'topics'), 'message.topics');
}

function token(given: Readonly<Record<string, unknown>>): string {
  const text = stringField(ownField(given, 'token'), 'message.token');
  // Does not quote the token, which is a secret.
  if (text.length <= MAX_TOKEN && TOKEN.test(text)) return text;
  throw new TickmarkError(
    'MALFORMED_INPUT',
    'message.token: expected a bearer token of visible ASCII characters.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('message', text, 'JSON');
  }
}
