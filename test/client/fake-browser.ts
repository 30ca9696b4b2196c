import type { TabChannel, TabHost, TabLocks } from 'tickmark/client';

interface LockRequest {
  readonly held: () => Promise<void>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The locks of one origin; see https://w3c.github.io/web-locks/. */
class FakeLocks {
  readonly #queues = new Map<string, LockRequest[]>();
  readonly #holders = new Map<string, LockRequest>();

  request(name: string, request: LockRequest, steal: boolean, signal: AbortSignal | undefined): void {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    signal?.addEventListener('abort', () => {
      const index = queue.indexOf(request);
      if (index < 0) return;
      queue.splice(index, 1);
      request.reject(signal.reason as Error);
    });
    if (signal?.aborted) return request.reject(signal.reason as Error);
    if (steal) {
      this.#holders.get(name)?.reject(new DOMException('The lock was stolen.', 'AbortError'));
      this.#holders.delete(name);
      queue.unshift(request);
    } else queue.push(request);
    queueMicrotask(() => this.#grant(name));
  }

  /** As if a tab has gone: its locks are released, and its requests are dropped. */
  forget(requests: ReadonlySet<LockRequest>): void {
    for (const [name, queue] of this.#queues) {
      this.#queues.set(
        name,
        queue.filter((each) => !requests.has(each)),
      );
      const holder = this.#holders.get(name);
      if (holder && requests.has(holder)) this.#holders.delete(name);
      this.#grant(name);
    }
  }

  #grant(name: string): void {
    const request = this.#queues.get(name)?.[0];
    if (!request || this.#holders.has(name)) return;
    this.#queues.get(name)!.shift();
    this.#holders.set(name, request);
    const release = (value: unknown): void => {
      request.resolve(value);
      if (this.#holders.get(name) !== request) return;
      this.#holders.delete(name);
      queueMicrotask(() => this.#grant(name));
    };
    void request.held().then(release, release);
  }
}

/** One tab's view of the browser. */
export interface FakeTab extends TabHost {
  /** The tab crashes without a message. */
  crash(): void;
  /** The tab is frozen: messages to it are lost. */
  freeze(isFrozen: boolean): void;
}

/** Locks and channels that the tabs of one browser share. */
export class FakeBrowser {
  readonly #locks = new FakeLocks();
  readonly #channels = new Set<{ name: string; channel: TabChannel; tab: object; isFrozen: () => boolean }>();
  /** Messages that were posted. */
  posted = 0;

  tab(): FakeTab {
    const tab = {};
    const requests = new Set<LockRequest>();
    let isFrozen = false;
    let isGone = false;
    const locks: TabLocks = {
      request: (name, { signal, steal = false }, held) =>
        new Promise((resolve, reject) => {
          const request = { held, resolve, reject };
          requests.add(request);
          this.#locks.request(name, request, steal, signal);
        }),
    };
    const openChannel = (name: string): TabChannel => {
      const entry = {
        name,
        tab,
        isFrozen: () => isFrozen || isGone,
        channel: {
          onmessage: null,
          postMessage: (message) => {
            if (isFrozen || isGone) return;
            this.posted++;
            const data: unknown = structuredClone(message);
            for (const other of this.#channels) {
              if (other.name !== name || other.tab === tab || other.isFrozen()) continue;
              queueMicrotask(() => other.channel.onmessage?.({ data }));
            }
          },
          close: () => void this.#channels.delete(entry),
        } as TabChannel,
      };
      this.#channels.add(entry);
      return entry.channel;
    };
    return {
      locks,
      openChannel,
      freeze: (value) => {
        isFrozen = value;
      },
      crash: () => {
        isGone = true;
        for (const entry of this.#channels) if (entry.tab === tab) this.#channels.delete(entry);
        this.#locks.forget(requests);
      },
    };
  }

  get openChannels(): number {
    return this.#channels.size;
  }
}
