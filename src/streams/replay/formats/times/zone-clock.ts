import { ofWallClock } from '../../../../core/iso-time.js';

const QUARTER_MS = 900_000;
/** Quarters of an hour of some months. */
const MAX_KEPT = 20_000;

/** Makes a function from the time that clocks of a zone show, in ms as if they were in UTC, to ms since 1970. A time that occurs twice is the first. */
export function zoneClock(zone: string): (wall: number) => number {
  // No zone changes its clocks within a quarter of an hour, and asking for each row would be slow.
  const offsets = new Map<number, number>();
  return (wall) => {
    const quarter = Math.floor(wall / QUARTER_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      if (offsets.size >= MAX_KEPT) offsets.clear();
      offset = quarter * QUARTER_MS - ofWallClock(quarter * QUARTER_MS, zone);
      offsets.set(quarter, offset);
    }
    return wall - offset;
  };
}
