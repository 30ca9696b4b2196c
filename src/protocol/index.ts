/**
 * The messages between gateway and client as types, and the constants that PROTOCOL.md names: for a client or a transport of your own.
 *
 * @example
 * ```ts
 * import { SUBPROTOCOL, type ClientMessage, type ServerMessage } from 'tickmark/protocol';
 *
 * const socket = new WebSocket('wss://example.com/live', SUBPROTOCOL);
 * const send = (message: ClientMessage): void => socket.send(JSON.stringify(message));
 * socket.addEventListener('message', ({ data }) => {
 *   const message = JSON.parse(String(data)) as ServerMessage;
 *   if (message.type === 'welcome') send({ type: 'subscribe', topics: ['portfolio:desk'] });
 *   if (message.type === 'ping') send({ type: 'pong' });
 *   if (message.type === 'snapshot' || message.type === 'update') console.log(message.portfolios);
 * });
 * ```
 *
 * @module tickmark/protocol
 */
export { CloseCode } from './close-codes.js';
export { EVENT_STREAM, ADDED_PARAMETER, POSITION_PARAMETER, TOPIC_PARAMETER } from './event-stream.js';
export { PROTOCOL_VERSION, SUBPROTOCOL } from './server-messages.js';
export type {
  AuthMessage,
  ClientMessage,
  PongMessage,
  ResumeMessage,
  SubscribeMessage,
  UnsubscribeMessage,
} from './client-messages.js';
export type {
  AuthenticatedMessage,
  CloseMessage,
  EndReason,
  EndedMessage,
  GrantedTopic,
  HeartbeatMessage,
  PingMessage,
  RefusalReason,
  RefusedTopic,
  ServerMessage,
  SnapshotMessage,
  UpdateMessage,
  WelcomeMessage,
} from './server-messages.js';
export type { StreamPosition, StreamPositionParts } from './stream-position.js';
export type { Topic, TopicKind, TopicParts } from './topic.js';
export type {
  CashRow,
  ClosedRow,
  DecimalText,
  PortfolioValue,
  PositionRow,
  PositionsValue,
  PriceValue,
  PricedPart,
  RowPrice,
  RowRate,
  Values,
} from './values.js';
export type { FeedGap, FeedStatus } from './feed-status.js';
