import type { PreviousClose, PreviousClosesRequest } from '../../src/core/calendars/previous-closes.js';
import { PlainPreviousCloses } from './plain-previous-closes.js';

type Closes = readonly PreviousClose[];

/** A source whose answers are changed. */
const answering = (change: (closes: Closes, symbols: readonly string[], all: Closes) => Closes) =>
  class extends PlainPreviousCloses {
    override async load(symbols: readonly string[], request: PreviousClosesRequest): Promise<Closes> {
      return change(await super.load(symbols, request), symbols, this.known);
    }
  };

/** A source that gives each close in another form. */
const giving = (change: (close: PreviousClose) => object) =>
  class extends PlainPreviousCloses {
    protected override copy(close: PreviousClose): PreviousClose {
      return change(close) as PreviousClose;
    }
  };

/** A source that takes another symbol for the same. */
const comparing = (isSame: (symbol: string, known: string) => boolean) =>
  class extends PlainPreviousCloses {
    protected override isOf(symbol: string, close: PreviousClose): boolean {
      return isSame(symbol, close.symbol);
    }
  };

/** A source that takes another time for the last one. */
const until = (isBefore: (closedAt: number, at: number) => boolean) =>
  class extends PlainPreviousCloses {
    protected override isBefore({ closedAt }: PreviousClose, at: number): boolean {
      return isBefore(closedAt, at);
    }
  };

class GivesTheLastStored extends PlainPreviousCloses {
  protected override newest(closes: Closes): PreviousClose | undefined {
    return closes.at(-1);
  }
}

class GivesTheOldest extends PlainPreviousCloses {
  protected override newest(closes: Closes): PreviousClose | undefined {
    return [...closes].sort((one, other) => one.closedAt - other.closedAt)[0];
  }
}

class RemembersWhatItDidNotKnow extends PlainPreviousCloses {
  readonly #unknown = new Set<string>();
  protected override closeOf(symbol: string, at: number): PreviousClose | undefined {
    if (this.#unknown.has(symbol)) return undefined;
    const found = super.closeOf(symbol, at);
    if (!found) this.#unknown.add(symbol);
    return found;
  }
}

class IsADictionary extends PlainPreviousCloses {
  protected override newest(closes: Closes): PreviousClose | undefined {
    const bySymbol: Record<string, PreviousClose> = {};
    for (const close of [...closes].sort((one, other) => one.closedAt - other.closedAt))
      bySymbol[close.symbol] = close;
    const symbol = Object.keys(bySymbol)[0];
    return symbol === undefined ? undefined : bySymbol[symbol];
  }
}

class MixesCalls extends PlainPreviousCloses {
  #at = 0;
  override load(symbols: readonly string[], request: PreviousClosesRequest): Promise<Closes> {
    this.#at = request.at;
    return super.load(symbols, request);
  }
  protected override isBefore({ closedAt }: PreviousClose): boolean {
    return closedAt <= this.#at;
  }
}

class FailsForStrangeSymbols extends PlainPreviousCloses {
  protected override closeOf(symbol: string, at: number): PreviousClose | undefined {
    // It throws for half a surrogate pair.
    encodeURIComponent(symbol);
    return super.closeOf(symbol, at);
  }
}

class NeverEndsOnceAborted extends PlainPreviousCloses {
  override load(symbols: readonly string[], request: PreviousClosesRequest): Promise<Closes> {
    const loading = super.load(symbols, request);
    return request.signal.aborted ? new Promise(() => undefined) : loading;
  }
}

class EndsForGoodOnceAborted extends PlainPreviousCloses {
  #isOver = false;
  override async load(symbols: readonly string[], request: PreviousClosesRequest): Promise<Closes> {
    request.signal.addEventListener('abort', () => (this.#isOver = true));
    const closes = await super.load(symbols, request);
    return this.#isOver ? [] : closes;
  }
}

class WaitsInSpiteOfTheSignal extends PlainPreviousCloses {
  protected override wait(stalled: Promise<never>): Promise<void> {
    return stalled;
  }
}

const LEFT_OUT = 'a symbol whose close is not known is left out';
const ASKED = 'only symbols that are asked for are given, each once';
const NEWEST = 'of several closes of a symbol the newest is given, whenever it was stored';
const AFTER = 'the close of a session after `at` is not given';
const EXACTLY = 'a close exactly at `at` is given, and 1 ms before it is not';
const DATED = 'each close is dated by its own session, also an old one';
const DIGITS = 'prices keep all their digits';
const CURRENCY = 'a close has its currency, and none where it has none';
const SYMBOLS = 'symbols are any strings, compared character by character';

/** Each source has one fault, and breaks the rule beside it. */
export const BROKEN_PREVIOUS_CLOSES: ReadonlyArray<
  readonly [fault: string, Source: new () => PlainPreviousCloses, rule: string]
> = [
  [
    'gives null for what it does not know',
    answering((closes, symbols) =>
      symbols.map(
        (symbol) =>
          closes.find((close) => close.symbol === symbol) ?? ({ symbol, price: null, closedAt: 0 } as never),
      ),
    ),
    LEFT_OUT,
  ],
  [
    'gives undefined for what it does not know',
    answering((closes, symbols) => symbols.map((symbol) => closes.find((each) => each.symbol === symbol)!)),
    LEFT_OUT,
  ],
  ['finds a symbol by its beginning', comparing((symbol, known) => known.startsWith(symbol)), LEFT_OUT],
  ['gives all symbols', answering((closes, _, all) => [...closes, ...all.slice(-1)]), ASKED],
  ['gives a symbol twice', answering((closes) => [...closes, ...closes]), ASKED],
  ['gives a Map', answering((closes) => new Map(closes.map((each) => [each.symbol, each])) as never), ASKED],
  ['gives the close that was stored last', GivesTheLastStored, NEWEST],
  ['gives the oldest close', GivesTheOldest, NEWEST],
  [
    'remembers what it did not know',
    RemembersWhatItDidNotKnow,
    'a close that comes later is given from then on',
  ],
  ['has no time', until(() => true), AFTER],
  ['leaves out a close exactly at the time', until((closedAt, at) => closedAt < at), EXACTLY],
  [
    'compares dates of UTC',
    until((closedAt, at) => Math.floor(closedAt / 86_400_000) <= Math.floor(at / 86_400_000)),
    EXACTLY,
  ],
  [
    'dates all closes by the newest',
    answering((closes) => {
      const closedAt = Math.max(...closes.map((close) => close.closedAt));
      return closes.map((close) => ({ ...close, closedAt }));
    }),
    DATED,
  ],
  ['dates closes by text', giving((close) => ({ ...close, closedAt: new Date(close.closedAt) })), DATED],
  [
    'gives everything where nothing is asked for',
    answering((closes, symbols, all) => (symbols.length === 0 ? all : closes)),
    'no symbols have no closes',
  ],
  [
    'answers for 50 symbols',
    answering((closes) => closes.slice(0, 50)),
    '100 symbols are asked for in one call',
  ],
  ['reads prices as floats', giving((close) => ({ ...close, price: Number(close.price) })), DIGITS],
  ['rounds prices', giving((close) => ({ ...close, price: Number(close.price).toFixed(4) })), DIGITS],
  ['loses the currency', giving(({ currency: _, ...close }) => close), CURRENCY],
  ['gives a currency of null', giving((close) => ({ currency: null, ...close })), CURRENCY],
  ['fills in a currency', giving((close) => ({ currency: 'USD', ...close })), CURRENCY],
  [
    'does not tell cases apart',
    comparing((symbol, known) => symbol.toLowerCase() === known.toLowerCase()),
    SYMBOLS,
  ],
  ['normalizes symbols', comparing((symbol, known) => symbol.normalize() === known.normalize()), SYMBOLS],
  ['keeps closes in a dictionary', IsADictionary, SYMBOLS],
  [
    'fails for strange symbols',
    FailsForStrangeSymbols,
    'a symbol that nobody can know keeps no other from its close',
  ],
  [
    'gives the closes that it keeps',
    giving((close) => close),
    'changing the given closes or the list changes no later answer',
  ],
  ['mixes calls', MixesCalls, 'calls beside each other do not mix'],
  ['never ends once it is aborted', NeverEndsOnceAborted, 'a call that is aborted already ends soon'],
  [
    'ends for good once it is aborted',
    EndsForGoodOnceAborted,
    'a call that is aborted under way ends soon, and later ones answer',
  ],
  [
    'waits in spite of the signal',
    WaitsInSpiteOfTheSignal,
    'a call that has to wait ends soon after it is aborted',
  ],
];
