export {
  venueConformance,
  type VenueConformanceOptions,
  type VenueRecording,
} from './conformance/venue-conformance.js';
export { VenueRun, type VenueReport } from './conformance/venue-run.js';
export { readSession, type RecordedFrame } from './conformance/recorded-session.js';
export type { FrameStats } from './frame-counts.js';
export type {
  FatalCode,
  Venue,
  VenueHeartbeat,
  VenueLimits,
  VenueRequest,
  VenueSession,
  VenueSink,
} from './venue.js';
