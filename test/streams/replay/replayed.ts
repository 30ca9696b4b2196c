import type { PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import {
  ReplayPriceStreamAdapter,
  type ReplayPriceStreamAdapterOptions,
} from '../../../src/streams/replay/index.js';

/** What a replay has told. */
export interface Replayed {
  readonly stream: ReplayPriceStreamAdapter;
  readonly messages: readonly PriceStreamMessage[];
  readonly states: readonly string[];
}

/** Plays every symbol of some files to their end, at full speed unless told otherwise. */
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
