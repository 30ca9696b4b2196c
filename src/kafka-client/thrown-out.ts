/** Notices that the group has thrown this consumer out because it got no heartbeat from it, as while a fetch waits for records. */
export class ThrownOut {
  #memberId: unknown;
  #longestFetchMs = 0;
  #isTold = false;

  /** A fetch has ended (payload of the event `fetch`). */
  fetched(payload: unknown): void {
    const { duration } = (payload ?? {}) as { duration?: unknown };
    if (typeof duration === 'number') this.#longestFetchMs = Math.max(this.#longestFetchMs, duration);
  }

  /** The consumer has left the group by itself, or crashed: it comes back as another member. */
  left(): void {
    this.#memberId = undefined;
  }

  /** It has joined (payload of the event `group_join`). Returns what to tell, the first time that it was thrown out; else `null`. */
  joined(payload: unknown): string | null {
    const { memberId } = (payload ?? {}) as { memberId?: unknown };
    const before = this.#memberId;
    this.#memberId = memberId;
    if (before === undefined || before === memberId || this.#isTold) return null;
    this.#isTold = true;
    return (
      'the group has thrown its member out, since it got no heartbeat within the sessionTimeout. Either this process stood still or was cut off, or ' +
      `a fetch waited for too long (here up to ${this.#longestFetchMs} ms; kafkajs sends no heartbeat meanwhile): then set maxWaitTimeInMs of the ` +
      'consumer (default 5000) to at most a third of its sessionTimeout'
    );
  }
}
