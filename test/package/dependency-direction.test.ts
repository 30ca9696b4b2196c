import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importTable } from './house.js';
import { cycles, dumpingGrounds, importsOf, misdirected, readSourceTree } from './import-graph.js';

const src = readSourceTree(new URL('../../src/', import.meta.url));
const tree = (files: Record<string, string>): Map<string, string> => new Map(Object.entries(files));

describe('the sources', () => {
  test('are found', () => {
    expect(src.size).toBeGreaterThan(0);
    expect(src.has('core/errors.ts')).toBe(true);
  });

  test('import only along the arrows of the architecture', () => {
    expect(misdirected(src)).toEqual([]);
  });

  test('import as ARCHITECTURE.md says', () => {
    const page = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
    const shown = /```imports\n([^]*?)\n```/.exec(page)?.[1];
    expect(shown).toBe(importTable());
  });

  test('have no import cycle', () => {
    expect(cycles(src)).toEqual([]);
  });

  test('have no folder or file with a meaningless name such as utils', () => {
    expect(dumpingGrounds(src)).toEqual([]);
  });

  test('have no folder of more than 20 files, and at least nine of ten files have at most 200 lines', () => {
    const sizes = new Map<string, number>();
    for (const path of src.keys()) {
      const folder = path.slice(0, path.lastIndexOf('/') + 1);
      sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
    }
    expect([...sizes].filter(([, files]) => files > 20)).toEqual([]);
    const long = [...src.values()].filter((text) => text.trimEnd().split('\n').length > 200);
    expect(long.length / src.size).toBeLessThan(0.1);
  });
});

describe('reading imports', () => {
  test.each([
    ['a static import', `import { a } from 'x';`],
    ['a side effect', `import 'x';`],
    ['a type-only import', `import type { A } from 'x';`],
    ['a re-export', `export { a } from 'x';`],
    ['a type-only re-export', `export type { A } from 'x';`],
    ['a star re-export', `export * from 'x';`],
    ['a dynamic import', `const a = await import('x');`],
    ['an import inside a function', `export const load = () => import('x');`],
    ['an import type', `export type A = import('x').A;`],
    ['a require call', `const a = require('x');`],
    ['a types directive', `/// <reference types="x" />`],
  ])('finds %s', (_, text) => {
    expect(importsOf(text)).toEqual(['x']);
  });

  test('ignores strings and comments', () => {
    expect(importsOf(`const a = "import 'x'"; // import 'y'\n/* export * from 'z' */`)).toEqual([]);
  });
});

describe('an import against the arrows', () => {
  const inHouse: Record<string, string> = {
    'index.ts': '',
    'core/errors.ts': '',
    'core/clock.ts': '',
    'core/random.ts': '',
    'core/money/decimal.ts': '',
    'core/messaging/event-bus.ts': '',
    'core/locking/lock.ts': '',
    'core/prices/price-update.ts': '',
    'core/streams/price-stream-adapter.ts': '',
    'core/ingest/price-stream-processor.ts': '',
    'core/portfolio/portfolio.ts': '',
    'core/book/position-book.ts': '',
    'core/engine/mark-to-market-engine.ts': '',
    'mark-to-market.ts': '',
    'mock/mock-price-stream-adapter.ts': '',
    'memory/in-memory-lock.ts': '',
    'redis/redis-lock.ts': '',
    'postgres/postgres-lock.ts': '',
    'streams/connection/reconnect.ts': '',
    'streams/websocket/adapter.ts': '',
    'streams/replay/adapter.ts': '',
    'conformance/lock-kit.ts': '',
    'protocol/message.ts': '',
    'gateway/gateway.ts': '',
    'client/client.ts': '',
    'vue/use-portfolio.ts': '',
    'react/use-portfolio.ts': '',
  };
  const with_ = (path: string, text: string): Map<string, string> => tree({ ...inHouse, [path]: text });

  test('is not found where no file imports anything', () => {
    expect(misdirected(tree(inHouse))).toEqual([]);
  });

  test.each([
    ['core/clock.ts', 'node:fs'],
    ['core/money/decimal.ts', 'decimal.js'],
    ['core/book/position-book.ts', 'tickmark'],
    ['core/book/position-book.ts', '../../memory/in-memory-lock.js'],
    ['core/engine/mark-to-market-engine.ts', '../ingest/price-stream-processor.js'],
    ['core/engine/mark-to-market-engine.ts', '../streams/price-stream-adapter.js'],
    ['core/ingest/price-stream-processor.ts', '../engine/mark-to-market-engine.js'],
    ['core/ingest/price-stream-processor.ts', '../portfolio/portfolio.js'],
    ['mark-to-market.ts', './redis/redis-lock.js'],
    ['mock/mock-price-stream-adapter.ts', '../core/portfolio/portfolio.js'],
    ['core/errors.ts', './money/decimal.js'],
    ['core/money/decimal.ts', '../prices/price-update.js'],
    ['core/messaging/event-bus.ts', '../prices/price-update.js'],
    ['core/locking/lock.ts', '../messaging/event-bus.js'],
    ['core/prices/price-update.ts', '../portfolio/portfolio.js'],
    ['core/prices/price-update.ts', '../streams/price-stream-adapter.js'],
    ['core/prices/price-update.ts', '../locking/lock.js'],
    ['core/portfolio/portfolio.ts', '../book/position-book.js'],
    ['core/book/position-book.ts', '../engine/mark-to-market-engine.js'],
    ['core/engine/mark-to-market-engine.ts', '../../mark-to-market.js'],
    ['memory/in-memory-lock.ts', '../redis/redis-lock.js'],
    ['memory/in-memory-lock.ts', 'node:timers/promises'],
    ['memory/in-memory-lock.ts', '../index.js'],
    ['redis/redis-lock.ts', '../memory/in-memory-lock.js'],
    ['redis/redis-lock.ts', 'ioredis'],
    ['postgres/postgres-lock.ts', '../redis/redis-lock.js'],
    ['streams/websocket/adapter.ts', '../replay/adapter.js'],
    ['streams/connection/reconnect.ts', '../websocket/adapter.js'],
    ['streams/replay/adapter.ts', '../../conformance/lock-kit.js'],
    ['conformance/lock-kit.ts', '../memory/in-memory-lock.js'],
    ['conformance/lock-kit.ts', 'vitest'],
    ['protocol/message.ts', 'node:buffer'],
    ['client/client.ts', '../gateway/gateway.js'],
    ['client/client.ts', 'node:events'],
    ['gateway/gateway.ts', '../client/client.js'],
    ['react/use-portfolio.ts', '../vue/use-portfolio.js'],
    ['index.ts', './redis/redis-lock.js'],
    ['core/clock.ts', './errors'],
    ['core/clock.ts', './errors.ts'],
    ['core/clock.ts', '../../test/requirements.js'],
  ])('%s → %s is reported', (path, specifier) => {
    const problems = misdirected(with_(path, `import type { A } from '${specifier}';`));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${path} imports`);
  });

  test.each([
    ['core/clock.ts', './random.js'],
    ['core/messaging/event-bus.ts', 'eventemitter3'],
    ['core/money/decimal.ts', '../errors.js'],
    ['core/prices/price-update.ts', '../money/decimal.js'],
    ['core/portfolio/portfolio.ts', '../messaging/event-bus.js'],
    ['core/engine/mark-to-market-engine.ts', '../locking/lock.js'],
    ['core/engine/mark-to-market-engine.ts', 'p-queue'],
    ['mark-to-market.ts', './core/book/position-book.js'],
    ['mark-to-market.ts', './memory/in-memory-lock.js'],
    ['memory/in-memory-lock.ts', '../core/locking/lock.js'],
    ['streams/websocket/adapter.ts', '../connection/reconnect.js'],
    ['streams/replay/adapter.ts', 'node:zlib'],
    ['gateway/gateway.ts', '../protocol/message.js'],
    ['vue/use-portfolio.ts', '../client/client.js'],
    ['vue/use-portfolio.ts', 'vue'],
    ['index.ts', './memory/in-memory-lock.js'],
  ])('%s → %s is allowed', (path, specifier) => {
    expect(misdirected(with_(path, `import { a } from '${specifier}';`))).toEqual([]);
  });

  test.each([
    'core/adapters/lock.ts',
    'core/telemetry.ts',
    'streams/lock.ts',
    'lock/lock.ts',
    'constructor.ts',
  ])('%s is reported, since the architecture has no such part', (path) => {
    expect(misdirected(tree({ [path]: '' }))[0]).toMatch('no place');
  });
});

describe('a cycle', () => {
  test('of two files is reported with its path', () => {
    const files = tree({
      'a.ts': `import './b.js';`,
      'b.ts': `import './c.js';`,
      'c.ts': `import './b.js';`,
    });
    expect(cycles(files)).toEqual(['b.ts → c.ts → b.ts']);
  });

  test('of types alone is reported', () => {
    const files = tree({
      'core/a.ts': `import type { B } from './b.js';`,
      'core/b.ts': `export type B = import('./a.js').A;`,
    });
    expect(cycles(files)).toHaveLength(1);
  });

  test('of a file with itself is reported', () => {
    expect(cycles(tree({ 'a.ts': `export { a } from './a.js';` }))).toEqual(['a.ts → a.ts']);
  });

  test('is not reported where two paths lead to one file', () => {
    const files = tree({
      'a.ts': `import './b.js'; import './c.js';`,
      'b.ts': `import './d.js';`,
      'c.ts': `import './d.js';`,
      'd.ts': '',
    });
    expect(cycles(files)).toEqual([]);
  });
});

describe('a meaningless name', () => {
  test.each([
    'core/utils/x.ts',
    'core/money/helpers.ts',
    'common/x.ts',
    'lib/x.ts',
    'core/shared/x.ts',
    'core/types.ts',
    'react/util.tsx',
  ])('%s is reported', (path) => {
    expect(dumpingGrounds(tree({ [path]: '' }))).toEqual([path]);
  });

  test.each(['core/money/currency.ts', 'core/library.ts', 'streams/types-of-frame.ts'])(
    '%s is allowed',
    (path) => {
      expect(dumpingGrounds(tree({ [path]: '' }))).toEqual([]);
    },
  );
});
