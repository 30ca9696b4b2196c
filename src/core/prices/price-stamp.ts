/** Units of `PriceStamp.arrival` in one ms. */
export const ARRIVAL_UNITS_PER_MS = 1000;

/** Place of a price in the order of the prices of its symbol, set by ingest. Compared by `venueTime`, then by `arrival`. */
export interface PriceStamp {
  /** Highest venue time accepted for the symbol so far, ms since 1970; 0 before the first. */
  readonly venueTime: number;
  /** Number that rises with each update that ingest accepts; about the time of arrival in µs since 1970. */
  readonly arrival: number;
}

/** Whether stamp (`venueTime`, `arrival`) is below another: compared by venue time, then by arrival. */
export function isBelow(
  venueTime: number,
  arrival: number,
  otherVenueTime: number,
  otherArrival: number,
): boolean {
  return venueTime === otherVenueTime ? arrival < otherArrival : venueTime < otherVenueTime;
}
