import type { PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import {
  ReplayPriceStreamAdapter,
  type ReplayPriceStreamAdapterOptions,
} from '../../../src/streams/replay/index.js';

/** What the listeners of a replay received. */
export interface Replayed {
  readonly stream: ReplayPriceStreamAdapter;
  readonly messages: readonly PriceStreamMessage[];
  readonly states: readonly string[];
}

/** Replays all symbols of some files to their end, by default at full speed. */
export async function replayed(
  files: string | readonly string[],
  options: Partial<ReplayPriceStreamAdapterOptions> = {},
): Promise<Replayed> {
  const stream = new ReplayPriceStreamAdapter({ files, speed: 'max', symbols: 'all', ...options });
  const messages: PriceStreamMessage[] = [];
  const states: string[] = [];
  stream.onMessage((message) => messages.push({ ...message }));
  stream.onStatus(({ state }) => states.push(state));
  await stream.connect();
  await stream.finished;
  return { stream, messages, states };
}
