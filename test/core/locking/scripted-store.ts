import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { Clock } from '../../../src/core/clock.js';
import { storedTtl, type GrantResult, type LeaseStore } from '../../../src/core/locking/lease-store.js';
import { LeasedLock } from '../../../src/core/locking/leased-lock.js';
import type { StoreLockOptions } from '../../../src/core/locking/store-lock.js';
import { seededRandom } from '../../../src/core/random.js';

/** What happens to a request: it is slow; it or its answer is lost; or it fails, with or without effect. */
export interface Fate {
  readonly toServerMs?: number;
  readonly toClientMs?: number;
  readonly kind?: 'answered' | 'unheard' | 'unanswered' | 'failed' | 'done and failed';
}

interface Held {
  readonly owner: string;
  readonly until: number;
}

/** The server that the stores of a test share; reports each grant. */
export class LeaseServer {
  readonly clock: Clock;
  readonly held = new Map<string, Held>();
  readonly grants: { readonly key: string; readonly token: bigint; readonly owner: string }[] = [];
  #token = 0n;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  holderOf(key: string): Held | undefined {
    const held = this.held.get(key);
    return held && held.until > this.clock.monotonic() ? held : undefined;
  }

  grant(keys: readonly string[], owner: string, ttlMs: number): GrantResult {
    for (const key of keys) {
      const held = this.holderOf(key);
      if (held && held.owner !== owner) return { heldForMs: held.until - this.clock.monotonic() };
    }
    const tokens = keys.map((key) => {
      this.held.set(key, { owner, until: this.clock.monotonic() + storedTtl(ttlMs) });
      this.grants.push({ key, token: ++this.#token, owner });
      return this.#token;
    });
    return { tokens };
  }

  extend(keys: readonly string[], owner: string, ttlMs: number): boolean {
    if (!keys.every((key) => this.holderOf(key)?.owner === owner)) return false;
    for (const key of keys) this.held.set(key, { owner, until: this.clock.monotonic() + storedTtl(ttlMs) });
    return true;
  }

  release(keys: readonly string[], owner: string): void {
    for (const key of keys) if (this.held.get(key)?.owner === owner) this.held.delete(key);
  }
}

/** The link of one process to the server. Its first requests have the outcomes of a list; later ones are answered at once. */
export class ScriptedStore implements LeaseStore {
  readonly fates: Fate[] = [];
  readonly requests: string[] = [];
  isClosed = false;
  readonly #server: LeaseServer;

  constructor(server: LeaseServer) {
    this.#server = server;
  }

  grant(keys: readonly string[], owner: string, ttlMs: number): Promise<GrantResult> {
    return this.#request('grant', () => this.#server.grant(keys, owner, ttlMs));
  }

  extend(keys: readonly string[], owner: string, ttlMs: number): Promise<boolean> {
    return this.#request('extend', () => this.#server.extend(keys, owner, ttlMs));
  }

  release(keys: readonly string[], owner: string): Promise<void> {
    return this.#request('release', () => this.#server.release(keys, owner));
  }

  close(): void {
    this.isClosed = true;
  }

  async #request<Answer>(name: string, serve: () => Answer): Promise<Answer> {
    this.requests.push(name);
    const { toServerMs = 0, toClientMs = 0, kind = 'answered' } = this.fates.shift() ?? {};
    const never = new Promise<never>(() => undefined);
    await this.#pass(toServerMs);
    if (kind === 'unheard') return never;
    if (kind === 'failed') throw new Error('cut on the way there');
    const answer = serve();
    if (kind === 'unanswered') return never;
    await this.#pass(toClientMs);
    if (kind === 'done and failed') throw new Error('cut on the way back');
    return answer;
  }

  #pass(ms: number): Promise<void> | undefined {
    if (ms > 0) return new Promise((resolve) => void this.#server.clock.setTimer(resolve, ms));
    return undefined;
  }
}

/** A lock in a process of its own. */
export class ScriptedLock extends LeasedLock {
  readonly store: ScriptedStore;

  constructor(server: LeaseServer, identity = 'p', options: StoreLockOptions = {}) {
    const store = new ScriptedStore(server);
    const random = seededRandom(identity.length);
    super({ store, name: 'ScriptedLock', identity }, { random, clock: server.clock, ...options });
    this.store = store;
  }
}

/** Two locks of two processes, and the server that they share. */
export function world() {
  const clock = new FakeClock();
  const server = new LeaseServer(clock);
  const lock = new ScriptedLock(server, 'here');
  return { clock, server, lock, other: new ScriptedLock(server, 'there'), fates: lock.store.fates };
}

/** How a call ended: `done`, or the code of its error. */
export function outcome(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );
}
