import { describe, expect, test } from 'vitest';
import { postgresServer } from '../servers/postgres.js';
import { overlappingSets } from './deadlocks.js';

const server = await postgresServer();

describe.skipIf(!server)('sets of valuations that overlap', () => {
  test('never end in a deadlock, and do where their rows are not locked in order', async () => {
    const ordered = await overlappingSets(server!, 3_000);
    expect(ordered).toMatchObject({ deadlocks: 0, others: [] });
    expect(ordered.saved).toBeGreaterThan(16);
    const unordered = await overlappingSets(server!, 2_000, '');
    expect(unordered.deadlocks).toBeGreaterThan(0);
  });
});
