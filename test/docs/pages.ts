import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../examples/child.js';
import { blocks } from './guide.js';

/** A page of the documentation. */
export interface Page {
  /** Relative to the project, such as `docs/storage.md`. */
  readonly path: string;
  readonly text: string;
}

/** A TypeScript block of a page. */
export interface Program {
  readonly page: string;
  /** Counted from 1 within its page. */
  readonly number: number;
  readonly text: string;
}

/** Reads a page. */
export function readPage(path: string): Page {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** The README, and every page of `docs`. `docs/reference` is generated. */
export const pages: readonly Page[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.md') && !/^docs\/(reference|\.blocks-)/.test(path))
    .sort(),
].map(readPage);

/** The programs of all pages. */
export const programs: readonly Program[] = pages.flatMap(({ path, text }) =>
  blocks(text, 'ts').map((program, index) => ({ page: path, number: index + 1, text: program })),
);

/** Whether a program needs PostgreSQL and Redis. */
export const needsServers = ({ text }: Program): boolean => text.includes('TICKMARK_REDIS_URL');

/** Whether a program needs better-sqlite3, which `npm ci` does not install. */
export const needsSqlite = ({ text }: Program): boolean => text.includes("from 'better-sqlite3'");

/** What a program needs that no test has, or `null`. The compiler checks it all the same (`npm run typecheck`). */
export function missingFor({ page, text }: Program): string | null {
  if (/\bdocument\.|\.mount\(/.test(text)) return 'a browser';
  if (/from '(@(platformatic|confluentinc)\/|next\/|#app)/.test(text))
    return 'a package that npm ci does not install';
  if (/^(export )?declare /m.test(text)) return 'functions of the reader';
  if (page.startsWith('docs/streams/') && page !== 'docs/streams/README.md') return 'a provider or a file';
  return null;
}
