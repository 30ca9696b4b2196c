import { describe, expect, it } from 'vitest';
import { SLOW_TEST_MS } from '../waiting.js';
import { missingFor, needsServers, needsSqlite, programs } from './pages.js';
import { expectToRun } from './program.js';

const runnable = programs.filter(
  (program) => !needsServers(program) && !needsSqlite(program) && missingFor(program) === null,
);

describe.concurrent('programs of the documentation', { timeout: SLOW_TEST_MS }, () => {
  it.for(runnable)('runs: $page, program $number', ({ text }) => expectToRun(text));

  it('run for every page that shows a part of tickmark', () => {
    const withPrograms = new Set(programs.filter((program) => !missingFor(program)).map(({ page }) => page));
    for (const name of ['client', 'gateway', 'operations', 'ports', 'storage'])
      expect(withPrograms).toContain(`docs/${name}.md`);
    expect(withPrograms).toContain('README.md');
  });
});
