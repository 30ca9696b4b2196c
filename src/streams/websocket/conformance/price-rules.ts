import { assert, ConformanceError } from '../../../conformance/assertions.js';
import type { PriceUpdate } from '../../../core/prices/price-update.js';
import { keyOf } from './frame-leaves.js';
import { PRICE_FIELDS, type Mark, type MarkedFrame, type PriceField } from './marked-frames.js';
import type { PlayedFrame } from './played-recording.js';

const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/g;

/** The numbers of all frames of each connection so far. Frames are read when they are needed: some have thousands of numbers. */
export class NumbersSoFar {
  readonly #unread = new Map<string, string[]>();
  readonly #numbers = new Map<string, Set<string>>();

  add({ connection, data }: Pick<PlayedFrame, 'connection' | 'data'>): void {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
    const unread = this.#unread.get(connection);
    if (unread) unread.push(text);
    else this.#unread.set(connection, [text]);
  }

  /** Whether the value is a number of a frame, digit for digit. */
  has(connection: string, value: string): boolean {
    const newest = this.#unread.get(connection)?.at(-1);
    if (newest !== undefined && isNumberIn(newest, value)) return true;
    return this.of(connection).has(value);
  }

  of(connection: string): ReadonlySet<string> {
    const numbers = this.#numbers.get(connection) ?? new Set();
    this.#numbers.set(connection, numbers);
    for (const text of this.#unread.get(connection) ?? [])
      for (const [number] of text.matchAll(NUMBER)) numbers.add(number);
    this.#unread.delete(connection);
    return numbers;
  }
}

function isNumberIn(text: string, value: string): boolean {
  const at = text.indexOf(value);
  return at >= 0 && !/[\d.eE+-]/.test((text[at - 1] ?? ' ') + (text[at + value.length] ?? ' '));
}

/** Fails for a price that is no string, or not a number of a frame, digit for digit. */
export function checkDigits(frames: readonly PlayedFrame[]): void {
  const soFar = new NumbersSoFar();
  for (const frame of frames) {
    soFar.add(frame);
    for (const update of frame.updates) {
      for (const [field, value] of pricesIn(update)) {
        const what = `frame ${frame.number}: the ${field} of ${update.symbol}`;
        assert(
          typeof value === 'string',
          `${what} is the number ${value}; pass a string with the digits of the frame`,
        );
        if (soFar.has(frame.connection, value)) continue;
        const written = [...soFar.of(frame.connection)].find((number) => Number(number) === Number(value));
        throw new ConformanceError(
          written === undefined
            ? `${what} is ${value}, which is in no frame of this connection`
            : `${what} is ${value}, but the frame has ${written}: digits are lost; read numbers with parseExactJson()`,
        );
      }
    }
  }
}

/** Fails if bid and ask are mostly the wrong way round, only one of them comes, or one of them cannot be a price. */
export function checkQuotes(frames: readonly PlayedFrame[]): void {
  const updates = frames.flatMap((frame) => frame.updates);
  const quoted = updates.filter(({ bid, ask }) => bid !== undefined && ask !== undefined);
  const crossed = quoted.filter(({ bid, ask }) => Number(bid) > Number(ask));
  assert(
    crossed.length * 2 <= quoted.length,
    `bid and ask are swapped: the bid is above the ask in ${crossed.length} of ${quoted.length} updates, ` +
      `first ${crossed[0]?.bid} and ${crossed[0]?.ask} of ${crossed[0]?.symbol}`,
  );
  const [bids, asks] = (['bid', 'ask'] as const).map((side) =>
    updates.filter((each) => each[side] !== undefined),
  );
  assert(
    bids!.length > 0 === asks!.length > 0,
    `updates have ${bids!.length > 0 ? 'a bid and never an ask' : 'an ask and never a bid'}: deliver both sides, or none`,
  );
  for (const field of ['bid', 'ask'] as const) {
    const ratios = updates
      .filter((update) => update[field] !== undefined && Number(update.price) > 0)
      .map((update) => Number(update[field]) / Number(update.price))
      .sort((a, b) => a - b);
    const middle = ratios[ratios.length >> 1] ?? 1;
    assert(
      middle > 0.1 && middle < 10,
      `the ${field} is about ${middle.toPrecision(2)} times the price: is it a size?`,
    );
  }
}

/** A frame with marks, and what the venue made of it. */
export interface MarkedPlay {
  readonly frame: MarkedFrame;
  readonly played: PlayedFrame;
}

/** A price of an update, and where it is from. */
interface Source {
  readonly update: PriceUpdate;
  readonly field: PriceField;
  readonly mark: Mark;
}

/** What is known of the updates of marked frames. */
export class Sources {
  readonly #plays: readonly MarkedPlay[];
  readonly #marks: ReadonlyMap<string, Mark>;
  /** Of each field: the places that it comes from. */
  readonly places = new Map<PriceField, Map<string, number>>();

  constructor(plays: readonly MarkedPlay[], marks: ReadonlyMap<string, Mark>) {
    this.#plays = plays;
    this.#marks = marks;
    for (const { played } of plays) {
      for (const update of played.updates) {
        for (const { field, mark } of this.of(update)) {
          const places = this.places.get(field) ?? new Map<string, number>();
          places.set(mark.place, (places.get(mark.place) ?? 0) + 1);
          this.places.set(field, places);
        }
      }
    }
  }

  of(update: PriceUpdate): Source[] {
    return pricesIn(update).flatMap(([field, value]) => {
      const mark = this.#marks.get(String(value));
      return mark ? [{ update, field, mark }] : [];
    });
  }

  /** Fails for a price that a newer frame has replaced, such as a bid that never changes. */
  checkNewest(): void {
    for (const [at, { frame, played }] of this.#plays.entries()) {
      // What the venue says it left out may be what is newer.
      if (played.others > 0) continue;
      const last = new Map(played.updates.map((update) => [update.symbol, update]));
      for (const { update, field, mark } of [...last.values()].flatMap((each) => this.of(each))) {
        if (mark.frame === at) continue;
        const newer = frame.marks.find(
          ({ place, symbol }) => place === mark.place && symbol === update.symbol,
        );
        assert(
          newer === undefined,
          `frame ${played.number} has the ${field} ${newer?.recorded} of ${update.symbol} (${newer?.path}), but its update ` +
            `still has ${mark.recorded} of frame ${this.#plays[mark.frame]?.played.number}`,
        );
      }
    }
  }

  /** Fails for a price of one symbol that is given to another. */
  checkSymbols(): void {
    for (const { played } of this.#plays) {
      for (const { update, field, mark } of played.updates.flatMap((each) => this.of(each))) {
        assert(
          mark.symbol === undefined || mark.symbol === update.symbol,
          `frame ${played.number}: the ${field} of ${update.symbol} is ${mark.recorded}, which the frame gives for ${mark.symbol}`,
        );
      }
    }
  }

  /** Fails if the names of the frame's fields say that a price is from the wrong one. */
  checkFields(): void {
    const keys = new Set(this.#plays.flatMap(({ frame }) => frame.leaves.map(({ path }) => keyOf(path))));
    for (const [field, places] of this.places) {
      for (const place of places.keys()) {
        const key = keyOf(place.slice(0, place.lastIndexOf(' ')));
        const wrong = wrongKeyOf(field, key, keys);
        assert(
          wrong === undefined,
          `the ${field} is taken from "${key}", although the frames have "${wrong}"`,
        );
      }
    }
  }

  /** Fails if some prices of a frame become no update, or one becomes two. */
  checkEachOnce(): void {
    const places = this.places.get('price');
    const seen = new Set<string>();
    for (const [at, { frame, played }] of this.#plays.entries()) {
      const told = new Set<string>();
      for (const update of played.updates) {
        const { receivedAt: _, ...rest } = update;
        const text = JSON.stringify(rest);
        assert(
          !told.has(text),
          `frame ${played.number}: the same update of ${update.symbol} is delivered twice`,
        );
        told.add(text);
      }
      const symbols = new Set(frame.marks.flatMap(({ symbol }) => symbol ?? []));
      const used = new Set(played.updates.flatMap((update) => this.of(update).map(({ mark }) => mark)));
      if ([...used].some((mark) => mark.frame === at) && played.others === 0) {
        const left = frame.marks.filter((mark) => places?.has(mark.place) && !used.has(mark));
        // The first frame of a symbol may be a snapshot with past trades.
        const lost = left.find(
          ({ symbol }) => symbol !== undefined && seen.has(`${frame.connection} ${symbol}`),
        );
        const other = left.find(({ symbol }) => !played.updates.some((update) => update.symbol === symbol));
        const missing = lost ?? (other?.symbol === undefined ? undefined : other);
        assert(
          missing === undefined,
          `frame ${played.number} has the price ${missing?.recorded} of ${missing?.symbol}, which becomes no update and is not counted`,
        );
      }
      for (const symbol of symbols) seen.add(`${frame.connection} ${symbol}`);
    }
  }

  /** Fails if a bid or ask is lost when a frame has changed fields only. */
  checkKept(): void {
    for (const field of ['bid', 'ask'] as const) {
      // Some frames have this field and no price: the venue sends what has changed.
      const sendsChanges = this.#plays.some(
        ({ frame }) => this.#has(frame, field) && !this.#has(frame, 'price'),
      );
      if (!sendsChanges) continue;
      // Trades of another channel come without quotes.
      const together = new Set(
        this.#plays.flatMap(({ frame }) =>
          this.#has(frame, field) ? frame.marks.map(({ place }) => place) : [],
        ),
      );
      const known = new Set<string>();
      let [kept, lost, first] = [0, 0, ''];
      for (const { frame, played } of this.#plays) {
        for (const update of played.updates) {
          const name = `${frame.connection} ${update.symbol}`;
          const hasIt = update[field] !== undefined;
          if (this.#has(frame, field)) {
            if (hasIt) known.add(name);
            else known.delete(name);
          } else if (
            known.has(name) &&
            this.of(update).some((each) => each.field === 'price' && together.has(each.mark.place))
          ) {
            if (hasIt) kept++;
            else lost++;
            if (!hasIt) first ||= `frame ${played.number} has no ${field} of ${update.symbol}`;
          }
        }
      }
      assert(
        lost * 4 <= lost + kept,
        `${first}, and its update has none either: keep the ${field} of the frames before`,
      );
    }
  }

  /** Whether a frame has a field, with or without a value. */
  #has(frame: MarkedFrame, field: PriceField): boolean {
    const places = [...(this.places.get(field)?.keys() ?? [])];
    return frame.leaves.some(({ path }) => places.some((place) => place.startsWith(`${path} `)));
  }
}

function pricesIn(update: PriceUpdate): (readonly [PriceField, number | string])[] {
  return PRICE_FIELDS.flatMap((field) => {
    const value = update[field];
    return value === undefined ? [] : [[field, value] as const];
  });
}

const BID = /^(best_?)?(bid|buy)([_\d]*(px|price))?$|^bp$|^b$/i;
const ASK = /^(best_?)?(ask|offer|sell)([_\d]*(px|price))?$|^ap$|^a$/i;
const LAST = /^(last|last_?(px|price|trade_?price)|price|px|p|lp|close|c)$/i;
const NOT_LAST =
  /^(open|high|low|prev|vwap|avg|volume|vol|size|qty|quantity|amount)|(size|qty|volume|amount|quantity)$|^(o|h|l|v|q|vw)$/i;

/** Whether a key is known to mean one thing. */
function isOther(key: string): boolean {
  return [BID, ASK, LAST, NOT_LAST].some((pattern) => pattern.test(key));
}

/** A field of the frames that fits better, if the name of the used one says that it is another. */
function wrongKeyOf(field: PriceField, key: string, keys: ReadonlySet<string>): string | undefined {
  const find = (pattern: RegExp) => [...keys].find((each) => pattern.test(each));
  if (field === 'bid') return BID.test(key) || !isOther(key) ? undefined : find(BID);
  if (field === 'ask') return ASK.test(key) || !isOther(key) ? undefined : find(ASK);
  if (field === 'price') return LAST.test(key) || !isOther(key) ? undefined : find(LAST);
  return undefined;
}
