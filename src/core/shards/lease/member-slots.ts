import { LockError } from '../../errors.js';
import type { KeptLeases } from './kept-leases.js';

const NEWLY_TAKEN_TRIES = 4;

/** Number of members, and how many of them are before this one. */
export interface Place {
  readonly members: number;
  readonly rank: number;
}

/**
 * Who takes part: each member holds the lease of a slot. Which slots are taken is found out by trying to acquire them, since a lock cannot be
 * asked. Others that look hold a free slot for a moment too: one that was free at the last look counts as taken only if it stays so at several
 * tries, and surely has a member only when it is taken at two looks in a row.
 */
export class MemberSlots {
  readonly #leases: KeptLeases;
  readonly #keys: readonly string[];
  readonly #pause: () => Promise<void>;
  #own: number | null = null;
  #lastTaken: ReadonlySet<number> | null = null;

  /**
   * @param count Most members.
   * @param pause Waits a random time before slots are tried again.
   */
  constructor(leases: KeptLeases, name: string, count: number, pause: () => Promise<void>) {
    this.#leases = leases;
    this.#pause = pause;
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
    const last = this.#lastTaken;
    const taken = new Set<number>();
    let open = this.#keys.flatMap((key, slot) => (slot === this.#own ? [] : { key, slot }));
    for (let tries = 1; open.length > 0; tries++) {
      if (tries > 1) await this.#pause();
      const isTaken = await Promise.all(open.map(({ key }) => this.#leases.isTaken(key)));
      open = open.filter((_, at) => isTaken[at]);
      for (const { slot } of open) if (tries === NEWLY_TAKEN_TRIES || last?.has(slot)) taken.add(slot);
      open = open.filter(({ slot }) => !taken.has(slot));
    }
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
