import { isNumeric, withLeaves, type Leaf } from './frame-leaves.js';
import { symbolOf } from './known-symbols.js';
import type { PlayedFrame } from './played-recording.js';
import type { RecordedFrame } from './recorded-session.js';

/** The fields of an update that a frame must have, digit for digit. */
export const PRICE_FIELDS = ['price', 'bid', 'ask', 'previousClose'] as const;
/** One of {@link PRICE_FIELDS}. */
export type PriceField = (typeof PRICE_FIELDS)[number];

/** Where a number of a marked frame is, and what the recording has there. */
export interface Mark {
  /** Place of its frame among those that were marked. */
  readonly frame: number;
  readonly connection: string;
  readonly text: string;
  readonly recorded: string;
  readonly path: string;
  /** Path, and whether it is quoted. */
  readonly place: string;
  readonly symbol: string | undefined;
}

/** A frame with its values. */
export interface ReadFrame extends RecordedFrame {
  readonly leaves: readonly Leaf[];
}

/** A frame in which every price is another one than in all other frames. */
export interface MarkedFrame extends ReadFrame {
  readonly marks: readonly Mark[];
}

/** Longest fraction that still has room for a mark. */
const FRACTION = 12;
const DIGITS = 5;

/**
 * Gives each price of a recording digits that occur once, so that every price, bid and ask of an update shows which value of which frame
 * it is. All of them end with a zero, which a number of JavaScript loses.
 */
export class FrameMarker {
  /** By their text. */
  readonly marks = new Map<string, Mark>();
  /** Where prices are marked. */
  readonly places: ReadonlySet<string>;
  #count: number;

  /** @param first Number of the first mark: markers with different ones make different marks. */
  constructor(places: ReadonlySet<string>, first = 1) {
    this.places = places;
    this.#count = first;
  }

  mark({ connection, at, data, leaves }: ReadFrame, frame: number): MarkedFrame {
    const marks: Mark[] = [];
    if (typeof data !== 'string') return { connection, at, data, leaves, marks };
    const text = withLeaves(data, leaves, (leaf) => {
      if (!isMarkable(leaf) || !this.places.has(placeOf(leaf))) return undefined;
      const mark = {
        frame,
        connection,
        text: this.#textOf(leaf.text),
        recorded: leaf.text,
        path: leaf.path,
        place: placeOf(leaf),
        symbol: symbolOf(leaf),
      };
      marks.push(mark);
      this.marks.set(mark.text, mark);
      return mark.text;
    });
    return { connection, at, data: text, leaves, marks };
  }

  #textOf(text: string): string {
    const digits = `${String(this.#count++).padStart(DIGITS, '0')}0`;
    return text.includes('.') ? `${text}${digits}` : `${text}.${digits}`;
  }
}

/** Where the prices of a recording are: each place whose number an update has as one of its prices. */
export function placesOfPrices(played: readonly PlayedFrame[], frames: readonly ReadFrame[]): Set<string> {
  const values = new Set<string>();
  for (const { updates } of played) {
    for (const update of updates) {
      for (const field of PRICE_FIELDS) if (update[field] !== undefined) values.add(String(update[field]));
    }
  }
  return placesIn(frames, (leaf) => isMarkable(leaf) && values.has(leaf.text));
}

/** Those places whose numbers have a point somewhere: others may be ids or counts. */
export function placesWithPoint(places: ReadonlySet<string>, frames: readonly ReadFrame[]): Set<string> {
  return placesIn(frames, (leaf) => leaf.text.includes('.') && places.has(placeOf(leaf)));
}

function placesIn(frames: readonly ReadFrame[], isOne: (leaf: Leaf) => boolean): Set<string> {
  return new Set(frames.flatMap(({ leaves }) => leaves.filter(isOne).map(placeOf)));
}

function placeOf({ path, isQuoted }: Leaf): string {
  return `${path} ${isQuoted ? 'text' : 'number'}`;
}

// Zero means at many venues that there is no price.
function isMarkable(leaf: Leaf): boolean {
  return isNumeric(leaf) && Number(leaf.text) !== 0 && (leaf.text.split('.')[1]?.length ?? 0) <= FRACTION;
}
