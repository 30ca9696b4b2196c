/** The place of a caller in the queues of its keys. */
export interface QueuePlace {
  /** Resolves when the caller is first in all its queues. */
  readonly ready: Promise<void>;
  /** Whether the caller is first in all its queues. */
  readonly isReady: boolean;
  /** Called when another caller joins a queue in which this one is first. */
  onFollowed?: () => void;
  /** Leaves the queues, so the next caller is first. Idempotent. */
  leave(): void;
}

/**
 * Queues the callers of one process that request the same keys, in the order of their calls. So only one caller per key and process polls
 * the server, and a released key passes to the next caller of the process at once.
 *
 * A caller joins the queues of all its keys in one step. So of two callers that share keys, the same one is ahead in each queue.
 */
export class KeyQueues {
  readonly #queues = new Map<string, Set<QueuedCaller>>();

  /** Joins the queues of different keys. */
  join(keys: readonly string[]): QueuePlace {
    for (const key of keys) {
      const queue = this.#queues.get(key);
      if (queue) first(queue)!.onFollowed?.();
    }
    const caller = new QueuedCaller(this.#queues, keys);
    for (const key of keys) {
      const queue = this.#queues.get(key);
      if (queue) queue.add(caller);
      else this.#queues.set(key, new Set([caller]));
    }
    caller.checkReady();
    return caller;
  }

  /** Number of keys that a caller waits for or holds. */
  get size(): number {
    return this.#queues.size;
  }
}

class QueuedCaller implements QueuePlace {
  readonly ready: Promise<void>;
  isReady = false;
  onFollowed?: () => void;
  readonly #queues: Map<string, Set<QueuedCaller>>;
  readonly #keys: readonly string[];
  #resolveReady!: () => void;

  constructor(queues: Map<string, Set<QueuedCaller>>, keys: readonly string[]) {
    this.#queues = queues;
    this.#keys = keys;
    this.ready = new Promise((resolve) => (this.#resolveReady = resolve));
  }

  /** Resolves `ready` if it is first in all queues. */
  checkReady(): void {
    if (this.isReady || !this.#keys.every((key) => first(this.#queues.get(key)!) === this)) return;
    this.isReady = true;
    this.#resolveReady();
  }

  leave(): void {
    for (const key of this.#keys) {
      const queue = this.#queues.get(key);
      if (!queue?.delete(this)) continue;
      if (queue.size === 0) this.#queues.delete(key);
      else first(queue)!.checkReady();
    }
  }
}

function first<Item>(items: Set<Item>): Item | undefined {
  return items.values().next().value;
}
