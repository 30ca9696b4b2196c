import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const english = readFileSync(join(root, 'README.md'), 'utf8');
const chinese = readFileSync(join(root, 'README.zh-CN.md'), 'utf8');

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([found]) => found);
const withoutBlocks = (text: string): string => text.replace(/^```\w+\n.*?^```$/gms, '');

/** Chapters by level, each with the paragraphs, points and rows that it has. */
const shapeOf = (text: string): string[] =>
  withoutBlocks(text)
    .split(/^(?=#+ )/m)
    .map(
      (chapter) =>
        `${/^#*/.exec(chapter)![0]} ${all(chapter, /^- /gm).length} points, ${all(chapter, /^\|/gm).length} rows`,
    );

test('both READMEs have the same programs and commands', () => {
  const blocks = /^```\w+\n.*?^```$/gms;
  expect(all(chinese, blocks)).toEqual(all(english, blocks));
});

test('both have the same chapters, points and tables', () => {
  expect(shapeOf(chinese)).toEqual(shapeOf(english));
});

test('both mention the same code and link to the same pages', () => {
  const named = (text: string): string[] => [...new Set(all(withoutBlocks(text), /`[^`\n]+`/g))].sort();
  const led = (text: string): string[] =>
    [...new Set(all(text, /\]\([^)]+\)/g))].filter((link) => !link.includes('README')).sort();
  const wrapped = (text: string): string => text.replace(/`([^`]*)\n\s*([^`]*)`/g, '`$1 $2`');
  expect(named(wrapped(chinese))).toEqual(named(wrapped(english)));
  expect(led(chinese)).toEqual(led(english));
});

test('both have the same figures', () => {
  const figures = (text: string): string[] => all(withoutBlocks(text), /\d[\d,.]*\d|\d/g).sort();
  expect(figures(chinese)).toEqual(figures(english));
});
