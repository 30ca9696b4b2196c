import { LockError } from '../../errors.js';
import type { KeptLeases } from './kept-leases.js';

/** Number of members, and how many of them are before this one. */
export interface Place {
  readonly members: number;
  readonly rank: number;
}

/**
 * Parts of the time of a lease for which a look is held, and a slot by it: what a member that died while it looked leaves on slots has ended
 * before others look again. A look takes two calls, of a fifth each at most.
 */
const LOOK_PART = 1 / 2;
const SLOT_PART = 1 / 4;
const nothing = (): Promise<void> => Promise.resolve();

/**
 * Who takes part: each member holds the lease of a slot. Which slots are taken is found out by trying to acquire them, since a lock cannot be
 * asked. So a look holds the free slots for a moment: members look one at a time, else they would take each other's looks for members. A slot
 * that is taken at two looks in a row is sure to have a member; at one look, a look may be on it that was cut off.
 */
export class MemberSlots {
  readonly #leases: KeptLeases;
  readonly #keys: readonly string[];
  readonly #lookKey: string;
  #own: number | null = null;
  #lastTaken: ReadonlySet<number> | null = null;

  /** @param count Most members. */
  constructor(leases: KeptLeases, name: string, count: number) {
    this.#leases = leases;
    this.#keys = Array.from({ length: count }, (_, slot) => `${name}/members/${slot}`);
    this.#lookKey = `${name}/members/look`;
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
   * `'busy'`, and nothing was looked at, while another member looks.
   * @throws as `Lock.acquire`.
   */
  async look(): Promise<{ readonly sure: Place; readonly possible: Place } | null | 'busy'> {
    const taken = new Set<number>();
    const others = this.#keys.flatMap((key, slot) => (slot === this.#own ? [] : { key, slot }));
    const hasLooked = await this.#leases.whileHeld(this.#lookKey, LOOK_PART, () =>
      Promise.all(
        others.map(async ({ key, slot }) => {
          if (!(await this.#leases.whileHeld(key, SLOT_PART, nothing))) taken.add(slot);
        }),
      ),
    );
    if (!hasLooked) return 'busy';
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
