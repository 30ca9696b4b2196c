const HOUR_MS = 3_600_000;

const WALL = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
});

/** From ms on the wall clock of New York since midnight of a day (month from 1) to ms since 1970. */
export function newYorkMidnight(year: number, month: number, day: number): (sinceMidnight: number) => number {
  const midnight = Date.UTC(year, month - 1, day);
  const offsets = new Map<number, number>();
  return (sinceMidnight) => {
    const hour = Math.floor(sinceMidnight / HOUR_MS);
    let offset = offsets.get(hour);
    if (offset === undefined) {
      const wall = midnight + hour * HOUR_MS;
      // Once with the offset of the wrong instant, once with that of the right one: the two differ on clock-change days.
      offset = offsetAt(wall - offsetAt(wall));
      offsets.set(hour, offset);
    }
    return midnight + sinceMidnight - offset;
  };
}

// Wall clock minus UTC, in ms.
function offsetAt(instant: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of WALL.formatToParts(instant)) part[type] = Number(value);
  const { year, month, day, hour, minute, second } = part;
  return Date.UTC(year!, month! - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}
