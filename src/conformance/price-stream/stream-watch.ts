import {
  isGap,
  type PriceStreamAdapter,
  type PriceStreamMessage,
  type StreamStatus,
} from '../../core/streams/price-stream-adapter.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import type { PriceStreamGap } from '../../core/prices/price-stream-gap.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { KitTime } from '../kit-time.js';
import type { PriceStreamAdapterHarness } from './price-stream-kit.js';

let lastPrice = 1000;
let lastTimestamp = 1_700_000_000_000;

/** A price that no other update of the kit has, later than all before. */
export function priceOf(symbol: string): PriceUpdate & { readonly price: number } {
  return { symbol, price: ++lastPrice, timestamp: ++lastTimestamp };
}

/** Messages of one listener. */
export interface Watch {
  /** `AAA 1001` for a price, `gap` for a gap, in order. */
  readonly log: string[];
  readonly gaps: PriceStreamGap[];
  readonly off: Unsubscribe;
}

/** Logs the messages of a listener; `then` is called with each message. */
export function watch(adapter: PriceStreamAdapter, then?: (message: PriceStreamMessage) => void): Watch {
  const log: string[] = [];
  const gaps: PriceStreamGap[] = [];
  const off = adapter.onMessage((message) => {
    log.push(entry(message));
    if (isGap(message)) gaps.push(message);
    then?.(message);
  });
  return { log, gaps, off };
}

/** The log entry of a message. The adapter may reuse the object, so it is read at once. */
export function entry(message: PriceStreamMessage): string {
  return isGap(message) ? 'gap' : `${message.symbol} ${Number(message.price)}`;
}

/** Logs the changes of status from now on. */
export function watchStates(adapter: PriceStreamAdapter): StreamStatus[] {
  const states: StreamStatus[] = [];
  adapter.onStatus((status) => states.push(status));
  return states;
}

/** Connects, and subscribes symbols if there are any. */
export async function connected(
  { adapter }: PriceStreamAdapterHarness,
  time: KitTime,
  ...symbols: string[]
): Promise<void> {
  await time.settled(adapter.connect(), 'connect()');
  if (symbols.length > 0) await time.settled(adapter.subscribe(symbols), 'subscribe()');
}

/** Makes the venue send a price of each symbol in turn. Resolves with their log entries. */
export async function send({ venue }: PriceStreamAdapterHarness, ...symbols: string[]): Promise<string[]> {
  const sent: string[] = [];
  for (const symbol of symbols) {
    const update = priceOf(symbol);
    sent.push(entry(update));
    await venue.send(update);
  }
  return sent;
}

/** Waits until everything sent before has arrived: until a price of a subscribed symbol that is sent now has. */
export async function flush(
  harness: PriceStreamAdapterHarness,
  time: KitTime,
  symbol: string,
): Promise<void> {
  const marker = watch(harness.adapter);
  const [sent] = await send(harness, symbol);
  await time.until(() => marker.log.includes(sent!), `a price of ${symbol} arrives`);
  marker.off();
  await time.pass(20);
}

/** Number of times that each of `entries` is in the log. */
export function timesOf(log: readonly string[], entries: readonly string[]): number[] {
  return entries.map((each) => log.filter((logged) => logged === each).length);
}
