import type { GrantedTopic, RefusedTopic } from '../../protocol/server-messages.js';
import type { StreamPosition } from '../../protocol/stream-position.js';
import { Fragment } from './fragment.js';

/** Makes the JSON of a message up to its values, without the closing bracket. */
export type MessageHead = (position: StreamPosition | undefined) => readonly Fragment[];

/** The head of an `update` message. */
export function updateHead(serverTime: number): MessageHead {
  return (position) => [new Fragment(`{"type":"update",${timeAndPosition(serverTime, position)}`)];
}

/** The head of a `snapshot` message. @param request Number of the request that it answers. */
export function snapshotHead(
  serverTime: number,
  request: number | undefined,
  granted: readonly GrantedTopic[],
  refused: readonly RefusedTopic[],
): MessageHead {
  const recovered = granted.length > 0 && granted.every((each) => each.recovered);
  const start = request === undefined ? '{"type":"snapshot",' : `{"type":"snapshot","request":${request},`;
  const lists = new Fragment(
    `,"recovered":${recovered},"granted":${JSON.stringify(granted)},"refused":${JSON.stringify(refused)}`,
  );
  return (position) => [new Fragment(start + timeAndPosition(serverTime, position)), lists];
}

function timeAndPosition(serverTime: number, position: StreamPosition | undefined): string {
  return `"serverTime":${serverTime}${position === undefined ? '' : `,"position":"${position}"`}`;
}
