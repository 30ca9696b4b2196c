import type { RedisConnection } from './redis-connection.js';
import { redisErrorKind } from './redis-error.js';

/** Replication role of a node. */
interface NodeRole {
  readonly isReplica: boolean;
  /** Whether a replica receives what its master publishes. */
  readonly isSynchronized: boolean;
}

/**
 * Checks that a node answers and is a master.
 * @throws Error `READONLY …` for a replica, as Redis replies to a write; the error of a failed command.
 */
export async function checkMaster(connection: RedisConnection): Promise<void> {
  const role = await readRole(connection);
  if (role?.isReplica) throw new Error('READONLY The node is a replica.');
}

/**
 * Checks that subscribers of a node receive messages that are published on the master.
 * @throws Error `MASTERDOWN …` for a replica without a master.
 */
export async function checkReceivesMessages(connection: RedisConnection): Promise<void> {
  const role = await readRole(connection);
  if (role?.isReplica && !role.isSynchronized)
    throw new Error('MASTERDOWN The node is a replica without a master.');
}

// INFO rather than ROLE, because ioredis needs permission for INFO anyway. Without that permission only a ping is sent.
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
