import { FakeClock, type PriceStreamAdapterHarness } from 'tickmark/conformance';
import {
  WebSocketPriceStreamAdapter,
  type Venue,
  type WebSocketPriceStreamAdapterOptions,
} from 'tickmark/websocket';
import type { PriceStreamGap, PriceStreamMessage, PriceUpdate, StreamStatus, TickmarkError } from 'tickmark';
import { seededRandom } from '../../../src/core/random.js';
import { MemoryLink } from './memory-link.js';
import type { VenueServer } from './venue-server.js';

/** Longer than any wait of a stream in these tests, in ms of the fake clock. */
const NEVER_MS = 120_000;

/** A stream and a scripted server, joined in memory on a fake clock, with a record of what the stream emits. */
export function venueWorld<Server extends VenueServer>(
  server: Server,
  venue: Venue,
  options: Partial<WebSocketPriceStreamAdapterOptions> = {},
) {
  const clock = new FakeClock();
  const network = new MemoryLink(server, clock);
  const messages: PriceStreamMessage[] = [];
  const errors: TickmarkError[] = [];
  const statuses: StreamStatus[] = [];
  const adapter = new WebSocketPriceStreamAdapter({
    venue,
    clock,
    random: seededRandom(3),
    transport: network.transport,
    onError: (error) => errors.push(error),
    ...options,
  });
  adapter.onMessage((message) => messages.push({ ...message }));
  adapter.onStatus((status) => statuses.push(status));

  /** Advances the clock until the condition holds. */
  const until = async (holds: () => boolean): Promise<void> => {
    for (let waited = 0; !holds(); waited += 5) {
      if (waited > NEVER_MS) throw new Error(`Not within ${NEVER_MS} ms: ${String(holds)}`);
      await clock.advance(5);
    }
  };
  /** Advances the clock until the promise settles. @returns Its outcome. */
  const settled = async <Value>(promise: Promise<Value>): Promise<Value> => {
    let isPending = true;
    const note = (): void => void (isPending = false);
    promise.then(note, note);
    await until(() => !isPending);
    return promise;
  };

  return {
    clock,
    network,
    server,
    venue,
    adapter,
    messages,
    errors,
    statuses,
    until,
    settled,
    prices: () => messages.filter((each): each is PriceUpdate => !('type' in each)),
    gaps: () => messages.filter((each): each is PriceStreamGap => 'type' in each),
    connect: () => settled(adapter.connect()),
    subscribe: (...symbols: string[]) => settled(adapter.subscribe(symbols)),
    unsubscribe: (...symbols: string[]) => settled(adapter.unsubscribe(symbols)),
    /** Ends both sides. @returns The number of timers that are left. */
    close: async (): Promise<number> => {
      await settled(adapter.disconnect());
      await network.close();
      return clock.pending;
    },
  };
}

/** What the conformance kit needs of a stream and its scripted server. */
export function venueHarness(
  server: VenueServer,
  adapter: WebSocketPriceStreamAdapter,
  send: PriceStreamAdapterHarness['venue']['send'],
): PriceStreamAdapterHarness {
  return {
    adapter,
    venue: {
      send,
      breakLink: () => server.breakLink(),
      restoreLink: () => server.accept(),
      refuse: () => server.refuse(),
      accept: () => server.accept(),
    },
    dispose: async () => {
      await adapter.disconnect();
      await server.close();
    },
  };
}
