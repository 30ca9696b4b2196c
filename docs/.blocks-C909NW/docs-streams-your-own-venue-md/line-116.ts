import { readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { venueConformance } from 'tickmark/websocket';
import { myVenue } from './my-venue.js';

venueConformance(
  { describe, it },
  {
    venue: () => myVenue('key'),
    symbols: ['ACME', 'GLOBEX'],
    recordings: [{ name: 'a quiet day', text: () => readFileSync('quiet.session.jsonl', 'utf8') }],
  },
);
