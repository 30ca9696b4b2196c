import { describe, expect, test } from 'vitest';
import { postgresServer } from '../servers/postgres.js';
import { overlappingSets } from './deadlocks.js';

const server = await postgresServer();

describe.skipIf(!server)('sets of valuations that overlap, for 20 s', () => {
  test('never end in a deadlock, and do where their rows are not locked in order', async () => {
    const [ordered, unordered] = await Promise.all([
      overlappingSets(server!, 20_000),
      overlappingSets(server!, 20_000, ''),
    ]);
    expect(ordered).toMatchObject({ deadlocks: 0, others: [] });
    expect(ordered.saved).toBeGreaterThan(100);
    expect(unordered.deadlocks).toBeGreaterThan(10);
    console.info(`in order: ${ordered.saved} sets, 0 deadlocks; not in order: ${JSON.stringify(unordered)}`);
  });
});
