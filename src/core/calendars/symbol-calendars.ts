import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { keepRaw } from '../keep-raw.js';
import type { TradingCalendar } from './trading-calendar.js';

/**
 * Which trading calendar a symbol has: one calendar for all symbols; a list, of which an instrument names one in `calendar`; or a function of the
 * symbol. A symbol that gets none has the calendar of its stream, or no calendar.
 */
export type CalendarSource =
  TradingCalendar | readonly TradingCalendar[] | ((symbol: string) => TradingCalendar | null | undefined);

/** The trading calendar of each symbol. */
export class SymbolCalendars {
  static {
    keepRaw(this);
  }

  readonly #named = new Map<string, TradingCalendar>();
  /** Those that a function or a stream has given. */
  readonly #byName = new Map<string, TradingCalendar>();
  readonly #find: (symbol: string) => TradingCalendar | null | undefined;
  readonly #found = new Map<string, TradingCalendar | null>();
  readonly #unknownNames = new Set<string>();
  readonly #nameOf: ((symbol: string) => string | undefined) | undefined;
  readonly #report: (error: TickmarkError) => void;
  /** Whether no symbol can have a calendar. */
  readonly isEmpty: boolean;

  /**
   * @param report Called with `UNKNOWN_CALENDAR`, once for each name, and with `HANDLER_FAILED` for a function that throws.
   * @param rest `ofStream`: the calendar that the stream of a symbol says it has. `nameOf`: `calendar` of the instrument of a symbol, where the caller of {@link of} knows none.
   * @throws TickmarkError `INVALID_ARGUMENT` for what is no source, and for two calendars of one name.
   */
  constructor(
    source: CalendarSource | undefined,
    report: (error: TickmarkError) => void,
    rest: {
      readonly ofStream?: ((symbol: string) => TradingCalendar | null | undefined) | undefined;
      readonly nameOf?: (symbol: string) => string | undefined;
    } = {},
  ) {
    const { ofStream, nameOf } = rest;
    this.#nameOf = nameOf;
    this.#report = report;
    this.isEmpty = source === undefined && ofStream === undefined;
    const listed = source === undefined || typeof source === 'function' ? [] : [source].flat();
    for (const calendar of listed) {
      if (!isCalendar(calendar))
        throw invalidArgument(
          'calendars',
          calendar,
          'a TradingCalendar, a list of them, or a function of the symbol',
        );
      if (this.#named.has(calendar.name))
        throw invalidArgument('calendars', calendar.name, 'calendars of different names');
      this.#named.set(calendar.name, calendar);
    }
    const ofSource = typeof source === 'function' ? source : () => (isCalendar(source) ? source : undefined);
    this.#find = (symbol) => ofSource(symbol) ?? ofStream?.(symbol);
  }

  /**
   * The calendar of a symbol: the one that its instrument names, else the one that the source gives it, else that of its stream, else `null`.
   * @param name `calendar` of its instrument, where one is known.
   */
  of(symbol: string, name = this.#nameOf?.(symbol)): TradingCalendar | null {
    if (this.isEmpty && name === undefined) return null;
    const own = name === undefined ? undefined : this.#named.get(name);
    if (own) return own;
    if (name !== undefined) this.#reportUnknown(symbol, name);
    let found = this.#found.get(symbol);
    if (found === undefined) this.#found.set(symbol, (found = this.#lookUp(symbol)));
    return found;
  }

  #lookUp(symbol: string): TradingCalendar | null {
    try {
      const found = this.#find(symbol) ?? null;
      if (found === null) return null;
      if (isCalendar(found)) return this.#ofName(found);
      this.#report(invalidArgument(`The calendar of ${quote(symbol)}`, found, 'a TradingCalendar, or null'));
      return null;
    } catch (cause) {
      const message = `calendars threw: ${quote(symbol)} has no calendar.`;
      this.#report(new TickmarkError('HANDLER_FAILED', message, { cause }));
      return null;
    }
  }

  // A day of a calendar ends once, so there is one of each name: the listed one, else the first.
  #ofName(found: TradingCalendar): TradingCalendar {
    const known = this.#named.get(found.name) ?? this.#byName.get(found.name);
    if (!known) this.#byName.set(found.name, found);
    return known ?? found;
  }

  #reportUnknown(symbol: string, name: string): void {
    if (this.#unknownNames.has(name)) return;
    this.#unknownNames.add(name);
    const known = [...this.#named.keys()].map((each) => quote(each)).join(', ') || 'none';
    const message = `The instrument ${quote(symbol)} names the calendar ${quote(name)}; known are: ${known}. Pass it in \`calendars\`.`;
    this.#report(new TickmarkError('UNKNOWN_CALENDAR', message));
  }
}

function isCalendar(given: unknown): given is TradingCalendar {
  return typeof given === 'object' && given !== null && 'sessionAt' in given && 'sessionOfClose' in given;
}

/** The calendars of an option, which may be looked up already. @throws TickmarkError as the constructor of `SymbolCalendars`. */
export function symbolCalendars(
  given: CalendarSource | SymbolCalendars | undefined,
  report: (error: TickmarkError) => void,
): SymbolCalendars {
  return given instanceof SymbolCalendars ? given : new SymbolCalendars(given, report);
}
