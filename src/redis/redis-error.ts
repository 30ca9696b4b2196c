/**
 * What a failure says of the connection that it came over.
 * - `broken`: the connection itself failed, or Redis gave no answer that says otherwise.
 * - `elsewhere`: this node does not do the work now; the one that a new connection reaches may.
 * - `refused`: Redis does not accept who asks; another connection is refused as well, until someone changes something.
 * - `standing`: this command is refused, now and later; the connection is fine.
 * - `passing`: this command is refused for now; the connection is fine.
 */
export type RedisErrorKind = 'broken' | 'wrong-node' | 'access-denied' | 'permanent' | 'transient';

// By the word that a reply of Redis begins with.
const KIND_BY_CODE: ReadonlyMap<string, RedisErrorKind> = new Map([
  // A replica, such as a master after a failover; one that has lost its master.
  ['READONLY', 'wrong-node'],
  ['MASTERDOWN', 'wrong-node'],
  // A blocked read on a master that became a replica.
  ['UNBLOCKED', 'wrong-node'],
  // A master cut off from its replicas, which have another one by now.
  ['NOREPLICAS', 'wrong-node'],
  // A node that reads its data in.
  ['LOADING', 'wrong-node'],
  // Where the client has not followed by itself.
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
// Replies that have no word of their own.
const ERR_ACCESS_DENIED =
  /^ERR (AUTH|invalid password|Client sent AUTH|DB index|SELECT is not allowed|invalid DB)/i;
const ERR_BROKEN = /^ERR (max number of clients|Protocol error|only \(P|S\)SUBSCRIBE|Can't execute)/i;
// Where one reply is told within another: by a script of Redis 6, by EXEC, by clients that asked Sentinels.
const NESTED_REPLY = /(?:: -|because of: |Last error: |Client \(\S*\): )([A-Z]{3,} .*)/s;

/** Judges a failure by its message. */
export function redisErrorKind(error: Error): RedisErrorKind {
  const reply = replyOf(error);
  if (reply === null) return 'broken';
  if (ERR_ACCESS_DENIED.test(reply)) return 'access-denied';
  if (ERR_BROKEN.test(reply)) return 'broken';
  return KIND_BY_CODE.get(replyCode(reply)) ?? 'transient';
}

/** Whether a connection that has met this failure cannot do its work any more. */
export function endsConnection(error: Error): boolean {
  const kind = redisErrorKind(error);
  return kind === 'broken' || kind === 'wrong-node' || kind === 'access-denied';
}

/** Names what failed, in one word: that of the reply, the system's code, or the class of the error. */
export function redisErrorName(error: Error & { readonly code?: unknown }): string {
  const reply = replyOf(error);
  if (reply !== null) return replyCode(reply) === 'ERR' ? reply : replyCode(reply);
  return typeof error.code === 'string' ? error.code : error.name;
}

function replyCode(reply: string): string {
  return reply.split(' ', 1)[0]!;
}

// Every reply begins with a word in capitals; so does no message of a client.
function replyOf({ message }: Error): string | null {
  const within = NESTED_REPLY.exec(message)?.[1];
  if (within !== undefined) return within;
  return /^[A-Z][A-Z0-9]{2,}( |$)/.test(message) && !/^E[A-Z]+$/.test(message) ? message : null;
}

interface ClientError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  /** Of ioredis: why no node of a Cluster could be asked. */
  readonly lastNodeError?: unknown;
  /** Of an AggregateError. */
  readonly errors?: readonly unknown[];
}

/**
 * A client's error without what it may carry along: clients add the command to it, and with that the arguments of `AUTH`.
 * Keeps the name, the code, and the message without credentials.
 */
export function sanitizedError(error: unknown): Error {
  const { name = 'Error', message, code, lastNodeError, errors } = (error ?? {}) as ClientError;
  const inner = lastNodeError ?? errors?.find((each) => each instanceof Error);
  // Why each node refused says more than that all did.
  if (inner instanceof Error && inner.message !== '' && code === undefined) return sanitizedError(inner);
  const said = error instanceof Error ? message : '';
  const text = (said || (typeof code === 'string' ? code : 'The Redis client failed.'))
    .replace(/\/\/\S*@/g, '//…@')
    .replace(/(with args beginning with:).*/s, '$1 …');
  return Object.assign(new Error(text), { name }, typeof code === 'string' ? { code } : undefined);
}
