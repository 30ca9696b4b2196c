import type { RedisConnection } from './redis-connection.js';
import { redisErrorKind } from './redis-error.js';

/** What a node says of itself. */
interface NodeRole {
  readonly isReplica: boolean;
  /** Whether a replica hears of what its master is told. */
  readonly isSynchronized: boolean;
}

/**
 * Asks a node whether it is a master, and whether it answers at all.
 * @throws Error `READONLY …`, as Redis says it of a write, for a replica; whatever the command fails with.
 */
export async function checkMaster(connection: RedisConnection): Promise<void> {
  const role = await readRole(connection);
  if (role?.isReplica) throw new Error('READONLY The node is a replica.');
}

/**
 * Asks a node whether messages that are published on the master come to its subscribers.
 * @throws Error `MASTERDOWN …` for a replica that has lost its master.
 */
export async function checkReceivesMessages(connection: RedisConnection): Promise<void> {
  const role = await readRole(connection);
  if (role?.isReplica && !role.isSynchronized)
    throw new Error('MASTERDOWN The node is a replica without a master.');
}

// INFO rather than ROLE: ioredis needs the right to it anyway. A user without it is asked nothing more than a ping.
async function readRole(connection: RedisConnection): Promise<NodeRole | null> {
  try {
    const info = String(await connection.command(['INFO', 'replication']));
    return {
      isReplica: /^role:slave\r?$/m.test(info),
      isSynchronized: /^master_link_status:up\r?$/m.test(info),
    };
  } catch (error) {
    const kind = redisErrorKind(error as Error);
    if (kind !== 'permanent' && kind !== 'transient') throw error;
    await connection.command(['PING']);
    return null;
  }
}
