// A store of your own: PortfolioRepository over a journal of JSON lines, tested by the conformance kit.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portfolioRepositoryConformance } from 'tickmark/conformance';
import { JournalRepository } from './your-own-repository/journal-repository.js';

// In your project: `import { describe, it } from 'vitest'`, or from 'node:test'.
const groups = new Map<string, Array<readonly [rule: string, run: () => Promise<void>]>>();
const runner = {
  describe(name: string, define: () => void): void {
    groups.set(name, []);
    define();
  },
  it(rule: string, run: () => Promise<void>): void {
    [...groups.values()].at(-1)!.push([rule, run]);
  },
};

const folder = mkdtempSync(join(tmpdir(), 'journals-'));
let journals = 0;
portfolioRepositoryConformance(runner, {
  // Each test gets a new store.
  createHarness: () => ({ repository: new JournalRepository(join(folder, `${++journals}.jsonl`)) }),
});

let [kept, broken] = [0, 0];
for (const [name, rules] of groups) {
  console.log(`${name}: ${rules.length} rules`);
  for (const [rule, run] of rules) {
    try {
      await run();
      kept++;
    } catch (error) {
      broken++;
      console.log(`  broken: ${rule}: ${(error as Error).message}`);
    }
  }
}
console.log(`${kept} rules kept, ${broken} broken`);
process.exitCode = broken === 0 ? 0 : 1;
rmSync(folder, { recursive: true });
