export type {
  FatalCode,
  Venue,
  VenueHeartbeat,
  VenueLimits,
  VenueRequest,
  VenueSession,
  VenueSink,
} from './venue.js';
