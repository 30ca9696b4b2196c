import type { DomainEvent } from 'tickmark';

/** Something to be done once. */
export interface EffectEvent extends DomainEvent {
  readonly type: 'fault.effect';
  readonly amount: number;
  /** No consumer can handle it. */
  readonly isPoisoned: boolean;
}

export const EFFECT = 'fault.effect';

/** Where the stream and the effects are. */
export interface StreamPlace {
  readonly redisUrl: string;
  readonly prefix: string;
}

/** What all consumers of the stream set alike. */
export function streamOptions({ prefix }: StreamPlace) {
  return {
    prefix: `${prefix}bus`,
    group: 'effects',
    // Long enough that a consumer on a slow machine keeps what it is at work on.
    claimIdleMs: 3000,
    maxDeliveries: 5,
    maxLength: 1_000_000,
  };
}
