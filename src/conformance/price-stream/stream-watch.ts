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

/** What one listener is told. */
export interface Watch {
  /** `AAA 1001` for a price, `gap` for a gap, in order. */
  readonly log: string[];
  readonly gaps: PriceStreamGap[];
  readonly off: Unsubscribe;
}

/** Writes down what a listener is told; `then` goes on with each message. */
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

/** How a message is written down. The object is the adapter's, so what counts is read at once. */
export function entry(message: PriceStreamMessage): string {
  return isGap(message) ? 'gap' : `${message.symbol} ${Number(message.price)}`;
}

/** States that the adapter goes through from now on. */
export function watchStates(adapter: PriceStreamAdapter): StreamStatus[] {
  const states: StreamStatus[] = [];
  adapter.onStatus((status) => states.push(status));
  return states;
}

/** Connects, and subscribes symbols if any. */
export async function connected(
  { adapter }: PriceStreamAdapterHarness,
  time: KitTime,
  ...symbols: string[]
): Promise<void> {
  await time.settled(adapter.connect(), 'connect()');
  if (symbols.length > 0) await time.settled(adapter.subscribe(symbols), 'subscribe()');
}

/** Has the venue send a price of each symbol in turn; gives how they are written down. */
export async function send({ venue }: PriceStreamAdapterHarness, ...symbols: string[]): Promise<string[]> {
  const sent: string[] = [];
  for (const symbol of symbols) {
    const update = priceOf(symbol);
    sent.push(entry(update));
    await venue.send(update);
  }
  return sent;
}

/** Waits until everything sent before has had its chance to arrive: a price of a subscribed symbol, sent now, has. */
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

/** How often each of `entries` is in the log. */
export function timesOf(log: readonly string[], entries: readonly string[]): number[] {
  return entries.map((each) => log.filter((logged) => logged === each).length);
}
