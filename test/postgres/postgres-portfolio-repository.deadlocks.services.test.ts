import { describe, expect, test } from 'vitest';
import { postgresServer } from '../servers/postgres.js';
import { sized } from '../sizes.js';
import { overlappingSets } from './deadlocks.js';

const server = await postgresServer();

describe.skipIf(!server)('overlapping sets of valuations and holdings, saved at once', () => {
  test('never deadlock', async () => {
    const enough = sized({ quick: 100, gate: 300, full: 2_000 });
    const tally = await overlappingSets(server!, ({ saved }) => saved >= enough);
    expect(tally).toMatchObject({ deadlocks: 0, others: [] });
    expect(tally.saved).toBeGreaterThanOrEqual(enough);
  });

  test('of holdings never deadlock, also among sets of valuations', async () => {
    const enough = sized({ quick: 60, gate: 200, full: 1_000 });
    const tally = await overlappingSets(
      server!,
      ({ saved }) => saved >= enough,
      undefined,
      'holdings and valuations',
    );
    expect(tally).toMatchObject({ deadlocks: 0, others: [] });
    expect(tally.saved).toBeGreaterThanOrEqual(enough);
  });

  test('of holdings deadlock when their rows are not locked in order', async () => {
    const enough = sized({ quick: 1, gate: 3, full: 10 });
    const tally = await overlappingSets(
      server!,
      ({ deadlocks }) => deadlocks >= enough,
      '',
      'holdings and valuations',
    );
    expect(tally.deadlocks).toBeGreaterThanOrEqual(enough);
  });

  test('deadlock when their rows are not locked in order', async () => {
    const enough = sized({ quick: 1, gate: 3, full: 10 });
    const tally = await overlappingSets(server!, ({ deadlocks }) => deadlocks >= enough, '');
    expect(tally.deadlocks).toBeGreaterThanOrEqual(enough);
  });
});
