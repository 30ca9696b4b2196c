import type { DayEvent, DaySource, PositionHistory } from '../day-history.js';
import { decimalOf, fractionOf, fractionText, optionalDecimal, optionalText } from './exact-text.js';
import type { InstrumentReader, InstrumentTable } from './instrument-table.js';

/** What a corporate action brought: instrument, quantity, settled worth and events of the old symbol; share, ratio, whether cash moves. */
type SourceData = readonly [
  instrument: number,
  quantity: string,
  settledWorth: string,
  events: readonly number[],
  share: string,
  ratio: string,
  movesCash: boolean,
];

/** An event as plain data. */
export type EventData =
  | readonly [at: number, quantity: string, settledWorth: string, cash: string | null]
  | readonly [
      at: number,
      quantity: string,
      settledWorth: string,
      cash: string | null,
      ratio: string | null,
      kept: string | null,
      source: SourceData | null,
    ];

/**
 * Events of day histories, each once: those of a symbol are also in the histories of the symbols that units of it have become, and would be
 * written again and again. An event comes after those that its source names.
 */
export class EventTable {
  readonly data: EventData[] = [];
  readonly #places = new Map<DayEvent, number>();
  readonly #instruments: InstrumentTable;

  constructor(instruments: InstrumentTable) {
    this.#instruments = instruments;
  }

  /** Adds events. @returns their places. */
  add(events: readonly DayEvent[]): number[] {
    return events.map((event) => this.#add(event));
  }

  #add(event: DayEvent): number {
    const known = this.#places.get(event);
    if (known !== undefined) return known;
    const { at, quantity, settledWorth, cash, ratio, kept, source } = event;
    const plain = [at, quantity.toString(), settledWorth.toString(), optionalText(cash)] as const;
    const data: EventData =
      ratio || kept || source
        ? [
            ...plain,
            ratio ? fractionText(ratio) : null,
            kept ? fractionText(kept) : null,
            source ? this.#source(source) : null,
          ]
        : plain;
    const place = this.data.push(data) - 1;
    this.#places.set(event, place);
    return place;
  }

  #source({ history, share, ratio, movesCash }: DaySource): SourceData {
    const { instrument, quantity, settledWorth, events } = history;
    return [
      this.#instruments.add(instrument),
      quantity.toString(),
      settledWorth.toString(),
      this.add(events),
      fractionText(share),
      fractionText(ratio),
      movesCash,
    ];
  }
}

/** Reads the events of an {@link EventTable}. @returns the events of places. */
export function eventReader(
  data: readonly EventData[],
  instrument: InstrumentReader,
): (places: readonly number[]) => DayEvent[] {
  const events: DayEvent[] = [];
  const at = (places: readonly number[]): DayEvent[] =>
    places.map((place) => {
      const event = events[place];
      if (!event) throw new RangeError(`No event ${place}`);
      return event;
    });
  for (const [time, quantity, settledWorth, cash, ratio, kept, source] of data)
    events.push({
      at: time,
      quantity: decimalOf(quantity),
      settledWorth: decimalOf(settledWorth),
      cash: optionalDecimal(cash),
      ...(ratio != null && { ratio: fractionOf(ratio) }),
      ...(kept != null && { kept: fractionOf(kept) }),
      ...(source != null && { source: sourceOf(source) }),
    });
  return at;

  function sourceOf([of, quantity, settledWorth, places, share, ratio, movesCash]: SourceData): DaySource {
    const history: PositionHistory = {
      instrument: instrument(of),
      quantity: decimalOf(quantity),
      settledWorth: decimalOf(settledWorth),
      events: at(places),
    };
    return { history, share: fractionOf(share), ratio: fractionOf(ratio), movesCash };
  }
}
