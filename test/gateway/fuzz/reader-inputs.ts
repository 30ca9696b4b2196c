import type { Chance } from './chance.js';
import { mutated } from './mutation.js';

export const ORIGIN = 'https://app.example.com';

const GOOD = [
  'portfolio:desk',
  'positions:desk',
  'portfolio:other',
  'positions:other',
  'price:ACME',
  'price:GLOBEX',
];
const TOPICS = [
  ...GOOD,
  'price:nothing',
  'portfolio:secret',
  'portfolio:slow',
  'positions:throw',
  'portfolio:gone',
  'portfolio:__proto__',
  'portfolio:😀',
  `portfolio:${'x'.repeat(256)}`,
  'order:1',
  'portfolio:',
  'price',
];
const POSITIONS = ['none:0', 'none:12', ':', 'x', '0:9007199254740993', 'e:-1'];
/** Subjects that the test's `authenticate` knows, and credentials that make it fail. */
export const CREDENTIALS = ['alice', 'bob', 'slow', 'brief', 'throw', 'wrong', 'nobody', ''];

const topics = (chance: Chance): string[] =>
  Array.from({ length: 1 + (chance.oneIn(30) ? chance.below(1200) : chance.below(4)) }, () =>
    chance.weighted<() => string>([
      [4, () => chance.pick(GOOD)],
      [2, () => `price:S${chance.below(2000)}`],
      // Some of them make a message malformed.
      [0.6, () => chance.pick(TOPICS)],
    ])(),
  );

/** @param epoch Epoch of the gateway, so that some positions are valid. */
const position = (chance: Chance, epoch: string): string =>
  chance.oneIn(3) ? chance.pick(POSITIONS) : `${epoch}:${chance.below(200)}`;

/** A message of a reader over a WebSocket: valid, almost valid, or anything. */
export function clientData(chance: Chance, epoch: string): unknown {
  const message = JSON.stringify(clientMessage(chance, epoch));
  // An invalid message ends its connection.
  if (!chance.oneIn(8)) return message;
  if (!chance.oneIn(10)) return mutated(message, chance);
  return chance.pick<unknown>([
    Buffer.from(message),
    new ArrayBuffer(3),
    7,
    undefined,
    null,
    [Buffer.from('x')],
    '',
  ]);
}

function clientMessage(chance: Chance, epoch: string): object {
  const odd = chance.pick<unknown>([-1, 2 ** 53, 1.5, 'x', null]);
  const request = chance.oneIn(2) ? {} : { request: chance.oneIn(20) ? odd : chance.below(1000) };
  return chance.weighted<() => object>([
    [16, () => ({ type: 'subscribe', topics: topics(chance), ...request })],
    [8, () => ({ type: 'resume', topics: topics(chance), position: position(chance, epoch), ...request })],
    [8, () => ({ type: 'unsubscribe', topics: topics(chance) })],
    [2, () => ({ type: 'auth', token: chance.pick(CREDENTIALS), ...request })],
    [4, () => ({ type: 'pong' })],
    [1, () => ({ type: chance.pick(['', 'snapshot', '__proto__', 'toString']), topics: topics(chance) })],
  ])();
}

/** Path and query of an event stream. */
export function streamTarget(chance: Chance, epoch: string): string {
  const query = topics(chance).map((topic) => `topic=${encodeURIComponent(topic)}`);
  if (chance.oneIn(3)) query.push(`position=${encodeURIComponent(position(chance, epoch))}`);
  if (chance.oneIn(4)) query.push(`added=${encodeURIComponent(chance.pick(TOPICS))}`);
  if (chance.oneIn(6)) query.push(`protocol=${chance.pick(['1', '2', '', '1e0'])}`);
  const target = `/live?${query.join('&')}`;
  if (!chance.oneIn(6)) return target;
  if (chance.oneIn(3))
    return chance.pick(['*', '//', '//u:p@h/', 'http://[', 'http://u:p@x/', '', '/%', 'ftp://x/y']);
  return mutated(target, chance);
}

/** Headers of a request or handshake, as Node has them. */
export function requestHeaders(chance: Chance): Record<string, string | string[] | undefined> {
  const headers: Record<string, string | string[] | undefined> = {
    host: chance.oneIn(20)
      ? chance.pick(['', 'u:p@x', 'a b', 'x/y', '[::1', 'x:99999999'])
      : 'api.example.com',
    origin: chance.oneIn(10)
      ? chance.pick(['null', 'https://evil.example', '', `${ORIGIN}/`, ORIGIN.toUpperCase()])
      : ORIGIN,
    authorization: chance.oneIn(8) ? undefined : `Bearer ${chance.pick(CREDENTIALS)}`,
  };
  if (chance.oneIn(6))
    headers['x-forwarded-for'] = chance.pick(['1.2.3.4', ',', '::1, x', '%', '1.2.3.4,'.repeat(200)]);
  if (chance.oneIn(6)) headers['last-event-id'] = chance.pick(POSITIONS);
  if (chance.oneIn(6)) headers.cookie = mutated('a=b; c=d', chance);
  if (chance.oneIn(12)) headers[':authority'] = 'x';
  if (chance.oneIn(12)) headers['sec-fetch-site'] = chance.pick(['same-origin', 'cross-site', 'x']);
  if (chance.oneIn(12)) headers[mutated('x-any', chance)] = [mutated('y', chance), 'z'];
  return headers;
}

/** The headers of a WebSocket handshake. */
export function handshakeHeaders(chance: Chance): Record<string, string | string[] | undefined> {
  const headers = {
    ...requestHeaders(chance),
    connection: 'Upgrade',
    upgrade: chance.oneIn(30) ? chance.pick(['h2c', '', 'websocket, x']) : 'websocket',
    'sec-websocket-version': chance.oneIn(30) ? chance.pick(['12', '', '13, 8']) : '13',
    'sec-websocket-key': chance.oneIn(30)
      ? mutated('dGhlIHNhbXBsZSBub25jZQ==', chance)
      : 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  if (chance.oneIn(3)) {
    return {
      ...headers,
      'sec-websocket-protocol': chance.oneIn(4) ? mutated('tickmark.v1, x', chance) : 'tickmark.v1',
    };
  }
  if (chance.oneIn(8)) {
    return {
      ...headers,
      'sec-websocket-extensions': mutated('permessage-deflate; client_max_window_bits', chance),
    };
  }
  return headers;
}
