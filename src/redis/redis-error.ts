import { errorText } from '../core/error-text.js';

/**
 * What an error means for the connection it came from.
 * - `broken`: the connection itself failed, or the error shows no other cause.
 * - `wrong-node`: this node cannot do the work now; a new connection may reach one that can.
 * - `access-denied`: Redis refuses the client; a new connection is refused too, until a setting changes.
 * - `permanent`: the command would always be refused; the connection is fine.
 * - `transient`: the command is refused for now; the connection is fine.
 */
export type RedisErrorKind = 'broken' | 'wrong-node' | 'access-denied' | 'permanent' | 'transient';

// By the first word of a Redis reply.
const KIND_BY_CODE: ReadonlyMap<string, RedisErrorKind> = new Map([
  // A replica, such as a former master after a failover; a replica that lost its master.
  ['READONLY', 'wrong-node'],
  ['MASTERDOWN', 'wrong-node'],
  // A blocking read on a master that became a replica.
  ['UNBLOCKED', 'wrong-node'],
  // A master without its replicas, which may have another master by now.
  ['NOREPLICAS', 'wrong-node'],
  // A node that is loading its data.
  ['LOADING', 'wrong-node'],
  // If the client did not follow by itself.
  ['CLUSTERDOWN', 'wrong-node'],
  ['MOVED', 'wrong-node'],
  ['ASK', 'wrong-node'],
  ['NOAUTH', 'access-denied'],
  ['WRONGPASS', 'access-denied'],
  ['DENIED', 'access-denied'],
  ['NOPROTO', 'access-denied'],
  ['NOPERM', 'permanent'],
  ['WRONGTYPE', 'permanent'],
  ['CROSSSLOT', 'permanent'],
]);
// Replies without a specific first word.
const ERR_ACCESS_DENIED =
  /^ERR (AUTH|invalid password|Client sent AUTH|DB index|SELECT is not allowed|invalid DB)/i;
const ERR_BROKEN = /^ERR (max number of clients|Protocol error|only \(P|S\)SUBSCRIBE|Can't execute)/i;
// A reply within another message: of a script of Redis 6, of EXEC, of clients that asked Sentinels.
const NESTED_REPLY = /(?:: -|because of: |Last error: |Client \(\S*\): )([A-Z]{3,} .*)/s;

/** Kind of an error, by its message. */
export function redisErrorKind(error: Error): RedisErrorKind {
  const reply = replyOf(error);
  if (reply === null) return 'broken';
  if (ERR_ACCESS_DENIED.test(reply)) return 'access-denied';
  if (ERR_BROKEN.test(reply)) return 'broken';
  return KIND_BY_CODE.get(replyCode(reply)) ?? 'transient';
}

/** Whether a connection is unusable after this error. */
export function endsConnection(error: Error): boolean {
  const kind = redisErrorKind(error);
  return kind === 'broken' || kind === 'wrong-node' || kind === 'access-denied';
}

/** Short name of an error: the first word of the reply, the system's code, or the class of the error. */
export function redisErrorName(error: Error & { readonly code?: unknown }): string {
  const reply = replyOf(error);
  if (reply !== null) return replyCode(reply) === 'ERR' ? reply : replyCode(reply);
  return typeof error.code === 'string' ? error.code : error.name;
}

function replyCode(reply: string): string {
  return reply.split(' ', 1)[0]!;
}

// Every error reply begins with a word in capitals; no message of a client does.
function replyOf({ message }: Error): string | null {
  const within = NESTED_REPLY.exec(message)?.[1];
  if (within !== undefined) return within;
  return /^[A-Z][A-Z0-9]{2,}( |$)/.test(message) && !/^E[A-Z]+$/.test(message) ? message : null;
}

interface ClientError {
  readonly name?: string;
  readonly code?: unknown;
  /** In ioredis: why no node of a Cluster answered. */
  readonly lastNodeError?: unknown;
  /** Errors of an AggregateError. */
  readonly errors?: readonly unknown[];
}

/**
 * A client's error without secrets: clients attach the command, and with it the arguments of `AUTH`. Keeps the name, the code, and
 * the message without credentials.
 */
export function sanitizedError(error: unknown): Error {
  const { name = 'Error', code, lastNodeError, errors } = (error ?? {}) as ClientError;
  const inner = lastNodeError ?? errors?.find((each) => each instanceof Error);
  // The error of one node explains more than "all nodes failed".
  if (inner instanceof Error && inner.message !== '' && code === undefined) return sanitizedError(inner);
  const text = (error instanceof Error ? errorText(error) : 'The Redis client failed.')
    .replace(/\/\/\S*@/g, '//…@')
    .replace(/(with args beginning with:).*/s, '$1 …');
  return Object.assign(new Error(text), { name }, typeof code === 'string' ? { code } : undefined);
}
