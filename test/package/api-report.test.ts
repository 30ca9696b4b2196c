import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SLOW_TEST_MS } from '../waiting.js';

const script = fileURLToPath(new URL('../../scripts/api-report.mjs', import.meta.url));

const CURRENT = {
  root: `
    export interface Order { readonly symbol: string; }
    export function place(order: Order): void {}
  `,
  desk: `
    import type { Order } from '../index.js';
    export interface Desk { readonly orders: readonly Order[]; }
  `,
};

// 107 exports instead of 2, another signature, and a class that mentions what no subpath exports.
const CHANGED = {
  root:
    CURRENT.root.replace('(order: Order)', '(order: Order, quantity: number)') +
    Array.from({ length: 105 }, (_, index) => `export const quantity${index} = ${index};`).join('\n'),
  desk: `
    import type { Ticket } from './ticket.js';
    export class Desk { print(ticket: Ticket): void {} }
  `,
};

let project: string;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

const read = (path: string): string => readFileSync(join(project, path), 'utf8');

/** What the script prints for these sources, and how it ends. */
function report(sources: typeof CURRENT, ...args: string[]) {
  write('src/index.ts', sources.root);
  write('src/desk/index.ts', sources.desk);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--project', project, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'tickmark-api-'));
  const target = (path: string) => ({ types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` });
  write(
    'package.json',
    JSON.stringify({
      name: 'trades',
      version: '1.0.0',
      type: 'module',
      exports: { '.': target('index'), './desk': target('desk/index'), './package.json': './package.json' },
    }),
  );
  write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        target: 'ES2022',
        // The smallest library, since the compiler spends most of the time on it.
        lib: ['ES5'],
        types: [],
        module: 'NodeNext',
        strict: true,
        paths: { trades: ['./src/index.ts'], 'trades/desk': ['./src/desk/index.ts'] },
      },
    }),
  );
  write('src/desk/ticket.ts', 'export interface Ticket { readonly id: string; }');
  write('api/removed.api.md', 'the report of a subpath that was removed');
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the API report', { timeout: SLOW_TEST_MS }, () => {
  test('is written for each subpath, and for nothing else', () => {
    const { status, stdout, stderr } = report(CURRENT);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/trades: 2 exports\n.*trades\/desk: 1 exports\n/);
    expect(readdirSync(join(project, 'api')).sort()).toEqual(['desk.api.md', 'trades.api.md']);
    expect(read('api/desk.api.md')).toMatch(/^## API Report File for "trades\/desk"\n/);
    expect(read('api/desk.api.md')).toContain('readonly orders: readonly Order[];');
  });

  test('passes the check while the surface stays, and a subpath may mention what another exports', () => {
    expect(report(CURRENT, '--check')).toMatchObject({ status: 0, stderr: '' });
  });

  describe('fails the check', () => {
    let written: string;
    let changed: ReturnType<typeof report>;

    beforeAll(() => {
      written = read('api/trades.api.md');
      write('api/removed.api.md', '');
      changed = report(CHANGED, '--check');
    }, SLOW_TEST_MS);

    test('when a signature has changed, and shows the lines', () => {
      expect(changed.status).toBe(1);
      expect(changed.stderr).toContain('api/trades.api.md is not current: +');
      expect(changed.stderr).toContain('-export function place(order: Order): void;');
      expect(changed.stderr).toContain('+export function place(order: Order, quantity: number): void;');
      expect(changed.stderr).toMatch(/\.\.\. and \d+ more lines/);
      expect(read('api/trades.api.md')).toBe(written);
    });

    test('for what a signature mentions and nobody can import, and says where both are', () => {
      expect(changed.stderr.match(/^.* no subpath.*$/gm)).toEqual([
        'trades/desk: no subpath exports Ticket (src/desk/ticket.ts), mentioned by Desk.print (src/desk/index.ts)',
        'mentioned by public signatures, and exported by no subpath: 1',
      ]);
    });

    test('for the report of a subpath that is gone', () => {
      expect(changed.stderr).toContain(
        'api/removed.api.md belongs to no entry of the exports in package.json',
      );
    });

    test('for a root with more than 106 exports', () => {
      expect(changed.stderr).toContain('trades: 107 exports, over the ceiling of 106 by 1');
    });
  });
});
