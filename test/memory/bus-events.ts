import type { DomainEvent } from '../../src/core/messaging/event-bus.js';

/** An event with a number. */
export interface Numbered extends DomainEvent {
  readonly n: number;
}

let id = 0;

/** A numbered event. */
export const event = (n: number, type = 'tick'): Numbered => ({ type, id: `e${++id}`, occurredAt: 0, n });

/** Events numbered from one to another. */
export const events = (from: number, to: number): Numbered[] =>
  Array.from({ length: to - from + 1 }, (_, index) => event(from + index));

/** A handler that waits until the test releases it, one event at a time. */
export function turnstile(): { handle: () => Promise<void>; let(count?: number): Promise<void> } {
  const waiting: (() => void)[] = [];
  return {
    handle: () => new Promise((resolve) => waiting.push(resolve)),
    async let(count = Infinity) {
      for (let through = 0; through < count && waiting.length > 0; through++) {
        waiting.shift()!();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
