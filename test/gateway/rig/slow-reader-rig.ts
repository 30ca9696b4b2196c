import { expect } from 'vitest';
import type { FakeSocket } from './fake-socket.js';
import type { GatewayRig } from './gateway-rig.js';

export const SYMBOLS = Array.from({ length: 20 }, (_, index) => `S${index}`);
export const PRICES = SYMBOLS.map((symbol) => `price:${symbol}` as const);

/** Subscribes a reader, by default to all prices. */
export async function subscribe(
  rig: GatewayRig,
  socket: FakeSocket,
  topics: readonly `price:${string}`[] = PRICES,
): Promise<void> {
  socket.say({ type: 'subscribe', topics });
  await rig.clock.settle();
}

/** Checks that every value was sent, conflated or dropped, or is pending. */
export function expectAllCounted(rig: GatewayRig): void {
  const { produced, sent, conflated, dropped, pending } = rig.gateway.stats();
  expect(sent + conflated + dropped + pending).toBe(produced);
}
