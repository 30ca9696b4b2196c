import fc from 'fast-check';
import { test } from 'vitest';
import { sized } from '../../sizes.js';
import { CUT_STREAMS, parsed, reference } from './reference-parser.js';

const runs = sized({ quick: 5000, gate: 50_000, full: 1_000_000 });

test(`${runs.toLocaleString('en-US')} streams, each cut at random places, parse as a reference parses them whole`, () => {
  const isSame = ({ bytes, pieces }: { bytes: Uint8Array; pieces: Uint8Array[] }): boolean =>
    JSON.stringify(parsed(pieces)) === JSON.stringify(reference(bytes));
  fc.assert(fc.property(CUT_STREAMS, isSame), { numRuns: runs });
});
