import { afterAll, describe } from 'vitest';
import { portfolioRepositoryConformance } from '../../src/conformance/portfolio-repository/portfolio-repository-conformance.js';
import { runner } from '../conformance/without-skips.js';
import { postgresServer } from '../servers/postgres.js';
import { freshRepository, pgStore, pgliteStore, postgresJsStore, type Store } from './stores.js';

const server = await postgresServer();

function conforms(open: () => Store): void {
  const store = open();
  afterAll(() => store.end());
  portfolioRepositoryConformance(runner, {
    createHarness: () => freshRepository(store),
    supports: { peer: true },
  });
}

describe('PGlite', () => conforms(pgliteStore));
if (server) {
  describe('PostgreSQL through pg', () => conforms(() => pgStore(server)));
  describe('PostgreSQL through postgres.js', () => conforms(() => postgresJsStore(server)));
}
