import { LockError } from '../../errors.js';
import type { KeptLeases } from './kept-leases.js';

/** Number of members, and how many of them are before this one. */
export interface Place {
  readonly members: number;
  readonly rank: number;
}

/**
 * Who takes part: each member holds the lease of a slot. Which slots are taken is found out by trying to acquire them, since a lock cannot be
 * asked. A slot that is taken at two looks in a row has a member; at one look, another member may just be looking.
 */
export class MemberSlots {
  readonly #leases: KeptLeases;
  readonly #keys: readonly string[];
  #own: number | null = null;
  #lastTaken: ReadonlySet<number> | null = null;

  /** @param count Most members. */
  constructor(leases: KeptLeases, name: string, count: number) {
    this.#leases = leases;
    this.#keys = Array.from({ length: count }, (_, slot) => `${name}/members/${slot}`);
  }

  /** Takes a slot, unless this member has one. @throws LockError `LOCK_TIMEOUT` if all slots are taken; as `Lock.acquire`. */
  async join(): Promise<void> {
    for (let slot = 0; this.#own === null; slot++) {
      const key = this.#keys[slot];
      if (key === undefined)
        throw new LockError(
          'LOCK_TIMEOUT',
          this.#keys[0]!,
          `All ${this.#keys.length} places of members are taken. LeaseShardAssignment: raise maxMembers in every process.`,
        );
      if (await this.#leases.take(key)) this.#own = slot;
    }
  }

  /** The lease of a key was lost. Returns whether it was that of the own slot. */
  lost(key: string): boolean {
    if (this.#own === null || this.#keys[this.#own] !== key) return false;
    this.#own = null;
    return true;
  }

  /**
   * The members that are sure, and those that may be; `null` until it has looked twice, so that members that start together find each other.
   * @throws as `Lock.acquire`.
   */
  async look(): Promise<{ readonly sure: Place; readonly possible: Place } | null> {
    const taken = new Set<number>();
    const others = this.#keys.flatMap((key, slot) => (slot === this.#own ? [] : { key, slot }));
    await Promise.all(
      others.map(async ({ key, slot }) => {
        if (await this.#leases.isTaken(key)) taken.add(slot);
      }),
    );
    const last = this.#lastTaken;
    this.#lastTaken = taken;
    const own = this.#own;
    if (!last || own === null) return null;
    const place = (slots: readonly number[]): Place => ({
      members: slots.length + 1,
      rank: slots.filter((slot) => slot < own).length,
    });
    return { sure: place([...taken].filter((slot) => last.has(slot))), possible: place([...taken]) };
  }

  /** Gives the slot up. */
  async leave(): Promise<void> {
    const own = this.#own;
    this.#own = null;
    if (own !== null) await this.#leases.release(this.#keys[own]!);
  }
}
