import { attempt } from '../../core/error-reporter.js';
import type { ShardHandlers } from '../../core/shards/shard-assignment.js';

/** The shards that this process has: calls the handlers for what changes. */
export class OwnedShards {
  readonly #handlers: ShardHandlers;
  readonly #onFailed: (cause: unknown) => void;
  readonly #owned = new Set<number>();
  readonly #revoking = new Set<number>();
  readonly #drains = new Set<Promise<void>>();
  #wanted: ReadonlySet<number> = new Set();
  #isStopped = false;

  /** @param onFailed Gets what a handler throws or rejects with. */
  constructor(handlers: ShardHandlers, onFailed: (cause: unknown) => void) {
    this.#handlers = handlers;
    this.#onFailed = onFailed;
  }

  /** Those that were assigned and not revoked or lost. */
  get list(): readonly number[] {
    return [...this.#owned];
  }

  /** These are all shards of this process from now on. */
  replace(shards: readonly number[]): void {
    if (this.#isStopped) return;
    this.#wanted = new Set(shards);
    const surplus = this.list.filter((shard) => !this.#wanted.has(shard));
    if (surplus.length > 0) this.#revoke(surplus);
    this.#assignMissing();
  }

  /** All shards may belong to other processes. */
  lose(): void {
    this.#wanted = new Set();
    const lost = this.list;
    this.#owned.clear();
    if (lost.length > 0) attempt(() => this.#handlers.lost(lost), this.#onFailed);
  }

  /** Gives up all shards; nothing is assigned any more. Resolves when all calls of `revoked()` have settled. */
  async stop(): Promise<void> {
    this.replace([]);
    this.#isStopped = true;
    await Promise.all(this.#drains);
  }

  // One that is still being given up is assigned when that has ended.
  #assignMissing(): void {
    const missing = [...this.#wanted].filter(
      (shard) => !this.#owned.has(shard) && !this.#revoking.has(shard),
    );
    if (missing.length === 0) return;
    for (const shard of missing) this.#owned.add(shard);
    (async () => this.#handlers.assigned(missing))().catch(this.#onFailed);
  }

  #revoke(shards: readonly number[]): void {
    for (const shard of shards) {
      this.#owned.delete(shard);
      this.#revoking.add(shard);
    }
    const drain = (async () => this.#handlers.revoked(shards))()
      .catch(this.#onFailed)
      .then(() => {
        this.#drains.delete(drain);
        for (const shard of shards) this.#revoking.delete(shard);
        if (!this.#isStopped) this.#assignMissing();
      });
    this.#drains.add(drain);
  }
}
