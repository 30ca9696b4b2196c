import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { isGap, type PriceStreamMessage } from '../../../src/core/streams/price-stream-adapter.js';
import {
  aktools,
  PollingPriceStreamAdapter,
  type AktoolsOptions,
} from '../../../src/streams/polling/index.js';
import { ScriptedFetch } from '../sse/scripted-fetch.js';

/** An adapter on AKTools, with a fake clock that starts at the given time in Shanghai. */
export function shanghai(time: string, options: AktoolsOptions = {}, intervalMs?: number) {
  const clock = new FakeClock({ now: Date.parse(`${time}+08:00`) });
  const net = new ScriptedFetch();
  const messages: PriceStreamMessage[] = [];
  const errors: string[] = [];
  const adapter = new PollingPriceStreamAdapter({
    source: aktools(options),
    clock,
    jitter: 0,
    ...(intervalMs === undefined ? {} : { intervalMs }),
    repeatMs: Infinity,
    fetch: net.fetch,
    onError: ({ message }) => errors.push(message),
  });
  adapter.onMessage((message) => messages.push(message));
  const states = (): unknown[] => messages.map((each) => (isGap(each) ? 'gap' : each.state));
  return { adapter, clock, net, messages, errors, states };
}
