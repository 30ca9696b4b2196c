import { Instrument, type InstrumentInput } from '../../src/core/instruments/instrument.js';
import { InMemoryInstrumentStore } from '../../src/memory/in-memory-instrument-store.js';

type Inputs = ReadonlyArray<InstrumentInput | Instrument>;

/** A store that changes each instrument on its way in. */
const changing = (change: (instrument: InstrumentInput) => InstrumentInput) =>
  class extends InMemoryInstrumentStore {
    override async saveInstruments(instruments: Inputs): Promise<void> {
      await super.saveInstruments(instruments.map((each) => change(Instrument.of(each).toJSON())));
    }
  };

/** A store that loses a field. */
const without = (field: keyof InstrumentInput) =>
  changing(({ [field]: _, ...rest }) => rest as InstrumentInput);

const LosesATag = changing(({ tags = {}, ...rest }) => {
  return { ...rest, tags: Object.fromEntries(Object.entries(tags).slice(0, 1)) };
});
const DropsEmptyTags = changing(({ tags = {}, ...rest }) => {
  return { ...rest, tags: Object.fromEntries(Object.entries(tags).filter(([, text]) => text !== '')) };
});
const CalculatesInFloats = changing((each) => ({ ...each, multiplier: Number(each.multiplier).toFixed(18) }));
const TrimsSymbols = changing((each) => ({ ...each, symbol: each.symbol.trim() || 'x' }));
const TrimsNames = changing(({ name, ...each }) => ({ ...each, ...(name && { name: name.trim() }) }));
const FoldsCase = changing((each) => ({ ...each, symbol: each.symbol.toLowerCase() }));

class IgnoresUpdates extends InMemoryInstrumentStore {
  override async saveInstruments(instruments: Inputs): Promise<void> {
    const known = new Set((await this.loadInstruments()).map(({ symbol }) => symbol));
    const inputs = instruments.map((each) => Instrument.of(each));
    await super.saveInstruments(inputs.filter(({ symbol }) => !known.has(symbol)));
  }
}

class MergesUpdates extends InMemoryInstrumentStore {
  override async saveInstruments(instruments: Inputs): Promise<void> {
    const known = new Map((await this.loadInstruments()).map((each) => [each.symbol, each.toJSON()]));
    const merged = instruments.map((each) => {
      const input = Instrument.of(each).toJSON();
      const before = known.get(input.symbol);
      return { ...before, ...input, tags: { ...before?.tags, ...input.tags } };
    });
    await super.saveInstruments(merged);
  }
}

class KeepsTheFirstOfASet extends InMemoryInstrumentStore {
  override saveInstruments(instruments: Inputs): Promise<void> {
    return super.saveInstruments([...instruments].reverse());
  }
}

class StoresOneByOne extends InMemoryInstrumentStore {
  override async saveInstruments(instruments: Inputs): Promise<void> {
    for (const each of [...instruments]) await super.saveInstruments([each]);
  }
}

class ForgetsTheRest extends InMemoryInstrumentStore {
  override async saveInstruments(instruments: Inputs): Promise<void> {
    await super.saveInstruments(instruments.slice(0, 1000));
  }
}

class SkipsBadOnes extends InMemoryInstrumentStore {
  override async saveInstruments(instruments: Inputs): Promise<void> {
    for (const each of instruments) await super.saveInstruments([each]).catch(() => undefined);
  }
}

class ReplacesAll extends InMemoryInstrumentStore {
  #last: Inputs = [];

  override async saveInstruments(instruments: Inputs): Promise<void> {
    this.#last = instruments.map((each) => Instrument.of(each));
  }
  override async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    const store = new InMemoryInstrumentStore();
    await store.saveInstruments(this.#last);
    return store.loadInstruments(symbols);
  }
}

class ReturnsChangedCopies extends InMemoryInstrumentStore {
  override async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    const loaded = await super.loadInstruments(symbols);
    return loaded.map((each) => Instrument.of({ ...each.toJSON(), settlementCurrency: each.currency }));
  }
}

class ReturnsPlainData extends InMemoryInstrumentStore {
  override async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    return (await super.loadInstruments(symbols)).map((each) => each.toJSON() as unknown as Instrument);
  }
}

class KeepsTheInput extends InMemoryInstrumentStore {
  readonly #inputs = new Map<string, InstrumentInput | Instrument>();

  override async saveInstruments(instruments: Inputs): Promise<void> {
    for (const each of instruments) Instrument.of(each);
    for (const each of instruments) this.#inputs.set(each.symbol, each);
  }
  override async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    const store = new InMemoryInstrumentStore();
    await store.saveInstruments([...this.#inputs.values()]);
    return store.loadInstruments(symbols);
  }
}

class KeepsTheListItReturned extends InMemoryInstrumentStore {
  #loaded: Instrument[] | undefined;

  override async saveInstruments(instruments: Inputs): Promise<void> {
    this.#loaded = undefined;
    await super.saveInstruments(instruments);
  }
  override async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    if (symbols) return super.loadInstruments(symbols);
    return (this.#loaded ??= await super.loadInstruments());
  }
}

class ReadsTheSymbolsLate extends InMemoryInstrumentStore {
  override async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    await Promise.resolve();
    return super.loadInstruments(symbols);
  }
}

class SortsByDictionary extends InMemoryInstrumentStore {
  override async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    const loaded = await super.loadInstruments(symbols);
    return loaded.sort((a, b) => a.symbol.localeCompare(b.symbol, 'en'));
  }
}

class LoadsInTheOrderAsked extends InMemoryInstrumentStore {
  override async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    const loaded = await super.loadInstruments(symbols);
    const rank = ({ symbol }: Instrument): number => symbols?.indexOf(symbol) ?? 0;
    return loaded.sort((a, b) => rank(a) - rank(b));
  }
}

class LoadsTwice extends InMemoryInstrumentStore {
  override async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    const sets = await Promise.all((symbols ?? []).map((symbol) => super.loadInstruments([symbol])));
    return symbols ? sets.flat().sort((a, b) => (a.symbol < b.symbol ? -1 : 1)) : super.loadInstruments();
  }
}

class LoadsAllForNone extends InMemoryInstrumentStore {
  override loadInstruments(symbols: readonly string[] = []): Promise<Instrument[]> {
    return super.loadInstruments(symbols.length > 0 ? symbols : undefined);
  }
}

class MakesUpUnknownOnes extends InMemoryInstrumentStore {
  override async loadInstruments(symbols?: readonly string[]): Promise<Instrument[]> {
    const loaded = await super.loadInstruments(symbols);
    const known = new Set(loaded.map(({ symbol }) => symbol));
    const unknown = [...new Set(symbols)].filter((symbol) => !known.has(symbol));
    return [...loaded, ...unknown.map((symbol) => Instrument.plain(symbol, 'USD'))];
  }
}

const ALL_FIELDS = 'an instrument of each kind loads with all its fields';
const AS_A_WHOLE = 'an instrument replaces the one with its symbol, as a whole';
const BY_SYMBOL = 'loadInstruments() loads all, by symbol, in whatever order they were saved';
const OF_SYMBOLS = 'loadInstruments() of symbols loads those that are stored, each once, by symbol';
const TAGS = 'each tag is stored, whatever its name and text';
const CHARACTERS = 'symbols and names are compared and stored character by character';

/** Each store has one fault, and breaks the rule beside it. */
export const BROKEN_INSTRUMENT_STORES: ReadonlyArray<
  readonly [fault: string, Store: new () => InMemoryInstrumentStore, rule: string]
> = [
  ['loses a tag', LosesATag, ALL_FIELDS],
  ['loses a tag', LosesATag, TAGS],
  ['drops empty tags', DropsEmptyTags, TAGS],
  ...(['settlementCurrency', 'multiplier', 'quotation', 'valuationMethod', 'tags', 'name'] as const).map(
    (field) => [`drops ${field}`, without(field), ALL_FIELDS] as const,
  ),
  ['calculates in floats', CalculatesInFloats, 'decimals are stored exactly'],
  ['trims symbols', TrimsSymbols, CHARACTERS],
  ['trims names', TrimsNames, CHARACTERS],
  ['ignores the case of symbols', FoldsCase, CHARACTERS],
  ['ignores updates', IgnoresUpdates, AS_A_WHOLE],
  ['merges an update into what is stored', MergesUpdates, AS_A_WHOLE],
  ['replaces all that is stored', ReplacesAll, AS_A_WHOLE],
  [
    'stores the first of a symbol',
    KeepsTheFirstOfASet,
    'of two instruments of one symbol in a set, the last one is stored',
  ],
  ['stores one by one', StoresOneByOne, 'a set with a bad instrument is rejected, and none of it is stored'],
  ['stores one by one', StoresOneByOne, 'of sets that are saved at the same time, one is stored as a whole'],
  ['leaves bad ones out', SkipsBadOnes, 'a set with a bad instrument is rejected, and none of it is stored'],
  ['replaces all that is stored', ReplacesAll, 'saveInstruments() of an empty list changes nothing'],
  ['stores a thousand at most', ForgetsTheRest, 'saveInstruments() stores 2,500 instruments in one call'],
  ['returns changed copies', ReturnsChangedCopies, ALL_FIELDS],
  ['returns plain data', ReturnsPlainData, ALL_FIELDS],
  ['sorts as a dictionary does', SortsByDictionary, BY_SYMBOL],
  ['loads in the order of the call', LoadsInTheOrderAsked, BY_SYMBOL],
  ['loads in the order of the call', LoadsInTheOrderAsked, OF_SYMBOLS],
  ['loads a symbol twice', LoadsTwice, OF_SYMBOLS],
  ['loads all where none is asked for', LoadsAllForNone, OF_SYMBOLS],
  ['makes up what is not stored', MakesUpUnknownOnes, OF_SYMBOLS],
  ['makes up what is not stored', MakesUpUnknownOnes, 'an empty store loads nothing'],
  [
    'keeps what it was given',
    KeepsTheInput,
    'changing an instrument after saveInstruments() does not change the stored one',
  ],
  [
    'keeps the list that it returned',
    KeepsTheListItReturned,
    'changing a loaded instrument or list does not change what is stored',
  ],
  [
    'reads the symbols late',
    ReadsTheSymbolsLate,
    'changing the list of symbols after loadInstruments() does not change what is loaded',
  ],
  [
    'returns changed copies',
    ReturnsChangedCopies,
    'an instrument that was loaded can be saved again, and is the same',
  ],
];
