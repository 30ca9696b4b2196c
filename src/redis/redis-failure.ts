/**
 * What a failure says of the connection that it came over.
 * - `broken`: the connection itself failed, or Redis gave no answer that says otherwise.
 * - `elsewhere`: this node does not do the work now; the one that a new connection reaches may.
 * - `refused`: Redis does not accept who asks; another connection is refused as well, until someone changes something.
 * - `standing`: this command is refused, now and later; the connection is fine.
 * - `passing`: this command is refused for now; the connection is fine.
 */
export type RedisVerdict = 'broken' | 'elsewhere' | 'refused' | 'standing' | 'passing';

// By the word that a reply of Redis begins with.
const VERDICTS: ReadonlyMap<string, RedisVerdict> = new Map([
  // A replica, such as a master after a failover; one that has lost its master.
  ['READONLY', 'elsewhere'],
  ['MASTERDOWN', 'elsewhere'],
  // A blocked read on a master that became a replica.
  ['UNBLOCKED', 'elsewhere'],
  // A master cut off from its replicas, which have another one by now.
  ['NOREPLICAS', 'elsewhere'],
  // A node that reads its data in.
  ['LOADING', 'elsewhere'],
  // Where the client has not followed by itself.
  ['CLUSTERDOWN', 'elsewhere'],
  ['MOVED', 'elsewhere'],
  ['ASK', 'elsewhere'],
  ['NOAUTH', 'refused'],
  ['WRONGPASS', 'refused'],
  ['DENIED', 'refused'],
  ['NOPROTO', 'refused'],
  ['NOPERM', 'standing'],
  ['WRONGTYPE', 'standing'],
  ['CROSSSLOT', 'standing'],
]);
// Replies that have no word of their own.
const ERR_REFUSED =
  /^ERR (AUTH|invalid password|Client sent AUTH|DB index|SELECT is not allowed|invalid DB)/i;
const ERR_BROKEN = /^ERR (max number of clients|Protocol error|only \(P|S\)SUBSCRIBE|Can't execute)/i;
// Where one reply is told within another: by a script of Redis 6, by EXEC, by clients that asked Sentinels.
const WITHIN = /(?:: -|because of: |Last error: |Client \(\S*\): )([A-Z]{3,} .*)/s;

/** Judges a failure by its message. */
export function redisVerdict(error: Error): RedisVerdict {
  const reply = redisReply(error);
  if (reply === null) return 'broken';
  if (ERR_REFUSED.test(reply)) return 'refused';
  if (ERR_BROKEN.test(reply)) return 'broken';
  return VERDICTS.get(wordOf(reply)) ?? 'passing';
}

/** Whether a connection that has met this failure cannot do its work any more. */
export function retiresConnection(error: Error): boolean {
  const verdict = redisVerdict(error);
  return verdict === 'broken' || verdict === 'elsewhere' || verdict === 'refused';
}

/** Names what failed, in one word: that of the reply, the system's code, or the class of the error. */
export function failureName(error: Error & { readonly code?: unknown }): string {
  const reply = redisReply(error);
  if (reply !== null) return wordOf(reply) === 'ERR' ? reply : wordOf(reply);
  return typeof error.code === 'string' ? error.code : error.name;
}

function wordOf(reply: string): string {
  return reply.split(' ', 1)[0]!;
}

// Every reply begins with a word in capitals; so does no message of a client.
function redisReply({ message }: Error): string | null {
  const within = WITHIN.exec(message)?.[1];
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
export function redisFailure(error: unknown): Error {
  const { name = 'Error', message, code, lastNodeError, errors } = (error ?? {}) as ClientError;
  const inner = lastNodeError ?? errors?.find((each) => each instanceof Error);
  // Why each node refused says more than that all did.
  if (inner instanceof Error && inner.message !== '' && code === undefined) return redisFailure(inner);
  const said = error instanceof Error ? message : '';
  const text = (said || (typeof code === 'string' ? code : 'The Redis client failed.'))
    .replace(/\/\/\S*@/g, '//…@')
    .replace(/(with args beginning with:).*/s, '$1 …');
  return Object.assign(new Error(text), { name }, typeof code === 'string' ? { code } : undefined);
}
