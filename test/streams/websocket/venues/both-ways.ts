import { binance, VenueRun } from 'tickmark/websocket';
import { BinanceSession } from '../../../../src/streams/websocket/venues/binance-session.js';

/** A session that scans frames and one that reads them with JSON.parse, side by side. */
export function bothWays() {
  const reports = [true, false].map((scan) => {
    const venue = { ...binance(), open: (sink: VenueRun) => new BinanceSession(sink, ['trade'], { scan }) };
    return new VenueRun(venue as never, 1_700_000_000_000);
  });
  return reports as [VenueRun, VenueRun];
}

/** Passes each frame to both. @throws if their reports differ. */
export function expectSameReports(frames: Iterable<string>): { scanned: VenueRun; parsed: VenueRun } {
  const [scanned, parsed] = bothWays();
  for (const frame of frames) {
    for (const connection of [scanned, parsed]) connection.receive(frame);
    if (JSON.stringify(scanned.reports) !== JSON.stringify(parsed.reports))
      throw new Error(`Read differently by scanning than by JSON.parse: ${frame}`);
    for (const connection of [scanned, parsed]) connection.reports.length = 0;
  }
  return { scanned, parsed };
}
