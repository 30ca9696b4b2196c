import { checkNumber } from '../core/options.js';
import type { GatewayOptions } from './gateway-options.js';

/** Default and least value of each time of `GatewayOptions`, in ms. `historyTopics`, which belongs to `historyMs`, is a count. */
const TIMES = {
  intervalMs: { default: 50, from: 0 },
  heartbeatMs: { default: 1000, from: 0 },
  keepAliveMs: { default: 15_000, from: 1 },
  pongMs: { default: 10_000, from: 1 },
  historyMs: { default: 120_000, from: 0 },
  historyTopics: { default: 10_000, from: 0 },
  busProbeMs: { default: 1000, from: 0 },
  refreshMs: { default: 5000, from: 1 },
  timeoutMs: { default: 5000, from: 1 },
} as const satisfies Partial<
  Record<keyof GatewayOptions, { readonly default: number; readonly from: number }>
>;

/** Times of a gateway, with defaults. */
export type ResolvedTimes = Readonly<Record<keyof typeof TIMES, number>>;

/** The given times, with defaults for the others. @throws TickmarkError `INVALID_ARGUMENT`. */
export function resolveTimes(options: GatewayOptions): ResolvedTimes {
  const names = Object.keys(TIMES) as Array<keyof ResolvedTimes>;
  const times = names.map((name) => {
    const { default: fallback, from } = TIMES[name];
    const { [name]: time = fallback } = options;
    // The longest time that a timer takes.
    checkNumber(`Gateway: ${name}`, time, { from, to: 2 ** 31 - 1 });
    return [name, time] as const;
  });
  return Object.fromEntries(times) as ResolvedTimes;
}
