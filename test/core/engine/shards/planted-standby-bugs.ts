import { EngineShards } from '../../../../src/core/engine/shards/engine-shards.js';
import { HeldShards } from '../../../../src/core/engine/shards/held-shards.js';
import type { ShardsOwnedEvent } from '../../../../src/core/engine/shards/shards-owned-event.js';
import type { WorldParts } from './shards-world.js';

type Members = Record<string, { readonly value?: unknown; readonly get?: () => unknown }>;

/** Replaces members of a class, until what it returns is called. */
function replaced(type: { readonly prototype: object }, members: Members): () => void {
  const { prototype } = type;
  const before = Object.keys(members).map(
    (name) => [name, Object.getOwnPropertyDescriptor(prototype, name)!] as const,
  );
  for (const [name, member] of Object.entries(members))
    Object.defineProperty(prototype, name, { ...member, configurable: true });
  return () => {
    for (const [name, member] of before) Object.defineProperty(prototype, name, member);
  };
}

/** What a standby hears, with a memory of what each owner has ever had. */
function withMemory(change: (event: ShardsOwnedEvent, ever: number[]) => ShardsOwnedEvent): WorldParts {
  const ever = new Map<string, Set<number>>();
  return {
    hears: (event) => {
      const known = ever.get(event.owner) ?? new Set();
      for (const shard of event.loaded) known.add(shard);
      ever.set(event.owner, known);
      return change(event, [...known]);
    },
  };
}

/** Faults of standbys that the simulation must find, each as the parts of a world. */
export const PLANTED_STANDBY_BUGS: Readonly<Record<string, () => WorldParts>> = {
  'a standby that never stops acting': () => ({ hears: (event) => ({ ...event, loaded: [] }) }),
  'a standby that stores and publishes while it follows': () => ({
    plant: () =>
      replaced(EngineShards, {
        isActing: { get: () => true },
        actsFor: { value: () => true },
        acting: { value: (numbers: Int32Array) => numbers },
      }),
  }),
  'a standby that publishes nothing when it takes over, and stores nothing': () => ({
    plant: () => replaced(EngineShards, { isActing: { get: () => false }, actsFor: { value: () => false } }),
  }),
  'a standby that does not store everything when it takes over': () => ({
    plant: () => {
      const { numbersIn } = HeldShards.prototype;
      function half(this: HeldShards, shards: readonly number[]): number[] {
        const numbers = numbersIn.call(this, shards);
        // What is dropped is held no longer.
        const isTakenOver = this.select(shards)!.shards.length > 0;
        return isTakenOver ? numbers.filter((_, at) => at % 2 === 0) : numbers;
      }
      return replaced(HeldShards, { numbersIn: { value: half } });
    },
  }),
  'a standby that takes no notice of an owner that loads': () => ({
    hears: (event) => ({ ...event, loading: [] }),
  }),
  'a standby that does not hear that a shard is given up': () =>
    withMemory((event, ever) => ({
      ...event,
      loaded: ever.filter((shard) => !event.loading.includes(shard)),
    })),
  'a standby that forgets how long an owner has been silent': () => ({ standbyAfterMs: 600_000 }),
  'a standby that believes in another number of shards than it is told': () => ({
    hears: (event) => ({ ...event, shardCount: event.shardCount + 1 }),
  }),
};
