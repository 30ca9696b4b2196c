// PostgreSQL writes offsets of whole hours as `+00`, others the name of UTC; Java and Temporal write the zone behind the offset, in brackets.
const ISO =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?) ?(?:(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)(?:\[[\w/+:-]+\])?)?$/i;

/** A date and time in the format of ISO 8601: ms since 1970 if it has a zone, otherwise what clocks show, as if they were in UTC. */
export interface IsoTime {
  readonly ms: number;
  readonly hasZone: boolean;
}

/** Reads a date and time; `no-time` for what is none. Apart from the zones of places, whose rules are long. */
export function isoTimeOf(text: string): IsoTime | 'no-time' {
  const [, date, time, offset] = ISO.exec(text) ?? [];
  if (date === undefined || time === undefined) return 'no-time';
  const isUtc = offset === undefined || /^[a-z]/i.test(offset);
  const ending = isUtc ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(3).replace(':', '').padEnd(2, '0')}`;
  // A leap second is not counted: it is the end of the second before.
  const clock = time.startsWith(':59:60', 2) ? `${time.slice(0, 5)}:59.999` : time.replace(',', '.');
  const ms = Date.parse(`${date}T${clock}${ending}`);
  // Date.parse reads 30 February as 2 March.
  if (Number.isNaN(ms) || !isDate(date)) return 'no-time';
  return { ms, hasZone: offset !== undefined };
}

const isDate = (date: string): boolean => new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) === date;
