// A store of your own: PortfolioRepository over JSON files, proven by the conformance kit.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portfolioRepositoryConformance } from 'tickmark/conformance';
import { JsonFileRepository } from './your-own-repository/json-file-repository.js';

// In a project of yours this is `import { describe, it } from 'vitest'`, or from 'node:test'.
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

portfolioRepositoryConformance(runner, {
  supports: { peer: true },
  // Each case gets a folder of its own.
  createHarness: () => {
    const folder = mkdtempSync(join(tmpdir(), 'portfolios-'));
    return {
      repository: new JsonFileRepository(folder),
      peer: new JsonFileRepository(folder),
      dispose: () => rmSync(folder, { recursive: true }),
    };
  },
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
