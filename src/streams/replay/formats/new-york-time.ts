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

/** Makes a function for one day (month from 1): from ms since midnight on New York's wall clock to ms since 1970. */
export function newYorkMidnight(year: number, month: number, day: number): (sinceMidnight: number) => number {
  const midnight = Date.UTC(year, month - 1, day);
  const offsets = new Map<number, number>();
  return (sinceMidnight) => {
    const hour = Math.floor(sinceMidnight / HOUR_MS);
    let offset = offsets.get(hour);
    if (offset === undefined) {
      const wall = midnight + hour * HOUR_MS;
      // The first offset is that of a wrong instant, which matters on days when the clocks change.
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
