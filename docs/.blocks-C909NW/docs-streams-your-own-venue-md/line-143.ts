import { VenueRun } from 'tickmark/websocket';
import { myVenue } from './my-venue.js';

const run = new VenueRun(myVenue('key'), Date.now());
run.receive('{"type":"price","s":"ACME","p":"101.50","t":1760000000000}');
console.log(run.prices); // [{ symbol: 'ACME', price: '101.50', timestamp: 1760000000000 }]
