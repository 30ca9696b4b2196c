import { ofWallClock } from '../../../core/iso-time.js';

const HOUR_MS = 3_600_000;

/** Makes a function for one day (month from 1): from ms since midnight on New York's wall clock to ms since 1970. */
export function newYorkMidnight(year: number, month: number, day: number): (sinceMidnight: number) => number {
  const midnight = Date.UTC(year, month - 1, day);
  const offsets = new Map<number, number>();
  return (sinceMidnight) => {
    const hour = Math.floor(sinceMidnight / HOUR_MS);
    let offset = offsets.get(hour);
    if (offset === undefined) {
      const wall = midnight + hour * HOUR_MS;
      offset = wall - ofWallClock(wall, 'America/New_York');
      offsets.set(hour, offset);
    }
    return midnight + sinceMidnight - offset;
  };
}
