import {
  isGap,
  type PriceStreamMessage,
  type StreamStatus,
} from '../../src/core/streams/price-stream-adapter.js';
import type { Unsubscribe } from '../../src/core/unsubscribe.js';
import type { PriceUpdate } from '../../src/core/prices/price-update.js';
import { sleep } from '../../src/core/clock.js';
import { ScriptedStream, type ScriptedFaults } from './scripted-stream.js';

type Listener = (message: PriceStreamMessage) => void;

class DeliversUnsubscribed extends ScriptedStream {
  override onMessage(listener: Listener): Unsubscribe {
    this.venue.onAnyPrice = (update) => {
      if (!this.getSubscribedSymbols().includes(update.symbol)) listener(update);
    };
    return super.onMessage(listener);
  }
}

class SwapsNeighbours extends ScriptedStream {
  override onMessage(listener: Listener): Unsubscribe {
    let count = 0;
    let held: PriceUpdate | undefined;
    return super.onMessage((message) => {
      if (!isGap(message) && ++count === 5) {
        held = { ...message };
        return;
      }
      listener(message);
      if (isGap(message) || message.symbol !== held?.symbol) return;
      listener(held);
      held = undefined;
    });
  }
}

class CallsTwice extends ScriptedStream {
  override onMessage(listener: Listener): Unsubscribe {
    return super.onMessage((message) => {
      listener(message);
      listener(message);
    });
  }
}

class NeverTakesOff extends ScriptedStream {
  override onMessage(listener: Listener): Unsubscribe {
    super.onMessage(listener);
    return () => undefined;
  }
}

/** Listeners in a plain loop: what most people write first. */
class PlainLoop extends ScriptedStream {
  readonly #listeners: Listener[] = [];

  override onMessage(listener: Listener): Unsubscribe {
    if (this.#listeners.length === 0)
      super.onMessage((message) => this.#listeners.forEach((each) => each(message)));
    this.#listeners.push(listener);
    return () => void this.#listeners.splice(this.#listeners.indexOf(listener), 1);
  }
}

class LingersOnDisconnect extends ScriptedStream {
  override async disconnect(): Promise<void> {
    await sleep(this.clock, 10);
    await super.disconnect();
  }
}

class KeepsSymbols extends ScriptedStream {
  #kept: readonly string[] = [];

  override async disconnect(): Promise<void> {
    this.#kept = this.getSubscribedSymbols();
    await super.disconnect();
  }

  override async connect(options?: { signal?: AbortSignal }): Promise<void> {
    await super.connect(options);
    if (this.#kept.length > 0) await super.subscribe(this.#kept);
  }
}

class ReconnectsOnConnect extends ScriptedStream {
  override async connect(options?: { signal?: AbortSignal }): Promise<void> {
    if (this.getStatus().state !== 'disconnected') await super.disconnect();
    await super.connect(options);
  }
}

class ConnectsAfterwards extends ScriptedStream {
  #closing: Promise<void> | undefined;

  override disconnect(): Promise<void> {
    this.#closing = super.disconnect();
    return this.#closing;
  }

  override async connect(options?: { signal?: AbortSignal }): Promise<void> {
    await this.#closing;
    await super.connect(options);
  }
}

class RisesAgain extends ScriptedStream {
  override async disconnect(): Promise<void> {
    const wasBroken = this.getStatus().state === 'reconnecting';
    await super.disconnect();
    if (wasBroken) this.clock.setTimer(() => void super.connect(), 20);
  }
}

class IgnoresSignals extends ScriptedStream {
  override connect(): Promise<void> {
    return super.connect();
  }
}

class SortsSymbols extends ScriptedStream {
  override getSubscribedSymbols(): readonly string[] {
    return [...super.getSubscribedSymbols()].sort();
  }
}

class AcceptsAnything extends ScriptedStream {
  override subscribe(symbols: readonly string[]): Promise<void> {
    return super.subscribe(symbols).catch(() => undefined);
  }
}

class SubscribesWhatFits extends ScriptedStream {
  override async subscribe(symbols: readonly string[]): Promise<void> {
    for (const symbol of symbols.length > 0 ? symbols : [symbols]) {
      await super.subscribe(typeof symbol === 'object' ? symbol : [symbol]);
    }
  }
}

class SettlesTooEarly extends ScriptedStream {
  override async subscribe(symbols: readonly string[]): Promise<void> {
    const [...wanted] = symbols;
    this.clock.setTimer(() => void super.subscribe(wanted).catch(() => undefined), 30);
  }
}

class TellsLateStatus extends ScriptedStream {
  override onStatus(listener: (status: StreamStatus) => void): Unsubscribe {
    return super.onStatus((status) => void this.clock.setTimer(() => listener(status), 3));
  }
}

class ReadsEveryTick extends ScriptedStream {
  override [Symbol.asyncIterator](): AsyncIterator<PriceStreamMessage, undefined> {
    const backlog: PriceStreamMessage[] = [];
    this.onMessage((message) => backlog.push(isGap(message) ? message : { ...message }));
    const next = async (): Promise<IteratorResult<PriceStreamMessage, undefined>> => {
      while (backlog.length === 0) await sleep(this.clock, 1);
      return { value: backlog.shift()!, done: false };
    };
    return { next, return: async () => ({ value: undefined, done: true }) };
  }
}

const faulty = (faults: ScriptedFaults) =>
  class extends ScriptedStream {
    constructor(...[venue, options]: ConstructorParameters<typeof ScriptedStream>) {
      super(venue, options, faults);
    }
  };

const GAP_RULE = 'a gap is delivered before the first price after a broken link';

/** Each stream has one fault, and breaks the rule beside it. */
export const BROKEN_STREAMS: readonly [string, typeof ScriptedStream, string][] = [
  [
    'delivers prices of other symbols',
    DeliversUnsubscribed,
    'prices of symbols that are not subscribed do not arrive',
  ],
  [
    'delivers prices of unsubscribed symbols',
    DeliversUnsubscribed,
    'prices of a symbol do not arrive after unsubscribe()',
  ],
  ['swaps two prices', SwapsNeighbours, 'prices of a symbol arrive in the order the venue sent them'],
  ['calls listeners twice', CallsTwice, 'every listener receives each message once'],
  [
    'never removes a listener',
    NeverTakesOff,
    'a removed listener receives nothing more, and the others still receive each message',
  ],
  [
    'calls its listeners in a plain loop',
    PlainLoop,
    'a listener that throws does not affect other listeners or the stream',
  ],
  [
    'calls its listeners in a plain loop',
    PlainLoop,
    'after a listener calls disconnect(), no other listener is called',
  ],
  [
    'calls its listeners in a plain loop',
    PlainLoop,
    'listeners may be added and removed while a message is delivered',
  ],
  ['disconnects late', LingersOnDisconnect, 'nothing arrives after disconnect() was called'],
  ['keeps symbols after disconnect()', KeepsSymbols, 'disconnect() removes all subscriptions'],
  [
    'keeps symbols after disconnect()',
    KeepsSymbols,
    'after disconnect() and connect() only symbols that are subscribed again arrive',
  ],
  [
    'connects again on each connect()',
    ReconnectsOnConnect,
    'connect() is idempotent while connecting and while connected',
  ],
  [
    'lets connect() wait for disconnect()',
    ConnectsAfterwards,
    'connect() during disconnect() fails with DISCONNECTING and works afterwards',
  ],
  [
    'ignores signals',
    IgnoresSignals,
    'connect() with an aborted signal fails with ABORTED and opens nothing',
  ],
  ['sorts symbols', SortsSymbols, 'getSubscribedSymbols() lists symbols in the order they were subscribed'],
  [
    'reports no error of subscribe()',
    AcceptsAnything,
    'subscribe() before connect() and after disconnect() fails with NOT_CONNECTED',
  ],
  [
    'reports no error of subscribe()',
    AcceptsAnything,
    'subscribe() of no symbols fails with EMPTY_SUBSCRIPTION',
  ],
  [
    'subscribes up to the limit',
    SubscribesWhatFits,
    'subscribe() above the limit fails with SUBSCRIPTION_LIMIT and subscribes none of its symbols',
  ],
  [
    'subscribes only the valid symbols',
    SubscribesWhatFits,
    'subscribe() of a symbol that is empty or no string rejects the whole call',
  ],
  [
    'settles subscribe() too early',
    SettlesTooEarly,
    'every price of a symbol arrives once from the moment subscribe() has settled',
  ],
  [
    'reports its status late',
    TellsLateStatus,
    'getStatus() in a status listener returns the status it was called with',
  ],
  [
    'queues every price for an iterator',
    ReadsEveryTick,
    'a slow reader receives the newest price of each symbol and no growing backlog',
  ],
  [
    'never ends an iterator',
    ReadsEveryTick,
    'disconnect() ends every iterator, also one with a pending next()',
  ],
  ['hides gaps', faulty({ hidesGaps: true }), GAP_RULE],
  [
    'reports gaps late',
    faulty({ gapsLate: true }),
    'an iterator yields the gap before the first price after a broken link',
  ],
  ['forgets symbols on a break', faulty({ forgetsSymbols: true }), 'subscriptions survive a broken link'],
  [
    'subscribes twice after a break',
    faulty({ resubscribesTwice: true }),
    'subscriptions survive a broken link',
  ],
  ['connects again after disconnect()', RisesAgain, 'disconnect() stops reconnecting'],
  [
    'never resets its attempts',
    faulty({ neverResetsAttempts: true }),
    'each outage has one gap, and its attempts start at 1',
  ],
];
