/** Who has asked for keys within this process, and waits for them or holds them. */
export interface QueuePlace {
  /** Settles when all who asked before for any of the keys have left. */
  readonly ready: Promise<void>;
  /** Whether that is so. */
  readonly isReady: boolean;
  /** Called when somebody else asks for a key, while the caller is first in its queue. */
  onFollowed?: () => void;
  /** Lets the next one go. Idempotent. */
  leave(): void;
}

/**
 * Lets those of one process who want the same keys go one at a time, in the order they came. So a key has one waiter a
 * process that asks the server, and a key that is handed on within a process is handed on at once.
 *
 * Everybody joins the queues of all its keys in one step: of two who share keys, the same one is ahead in each.
 */
export class KeyQueues {
  readonly #queues = new Map<string, Set<QueuedCaller>>();

  /** Joins the queues of different keys. */
  join(keys: readonly string[]): QueuePlace {
    for (const key of keys) {
      const queue = this.#queues.get(key);
      if (queue) first(queue)!.onFollowed?.();
    }
    const turn = new QueuedCaller(this.#queues, keys);
    for (const key of keys) {
      const queue = this.#queues.get(key);
      if (queue) queue.add(turn);
      else this.#queues.set(key, new Set([turn]));
    }
    turn.checkReady();
    return turn;
  }

  /** How many keys somebody waits for or holds. */
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

  /** Goes if it is first in all queues. */
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
