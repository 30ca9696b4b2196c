import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../examples/child.js';
import { blocks } from './guide.js';

/** The README, as text. */
export const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** A program of the README. */
export interface ReadmeProgram {
  /** Counted from 1, in order. */
  readonly number: number;
  readonly text: string;
}

/** The programs of the README, in order. */
export const programs: readonly ReadmeProgram[] = blocks(readme, 'ts').map((text, index) => ({
  number: index + 1,
  text,
}));

/** Whether a program needs PostgreSQL and Redis. */
export const needsServers = ({ text }: ReadmeProgram): boolean => text.includes('TICKMARK_REDIS_URL');
