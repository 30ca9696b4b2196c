import { expect, test } from 'vitest';
import { readPage } from './pages.js';

const MOST_FILES = 18;

test(`a tick passes through at most ${MOST_FILES} files from push() to saveValuations()`, () => {
  const { text } = readPage('ARCHITECTURE.md');
  const chapter = text.split('\n## ').find((each) => each.startsWith('How a tick becomes a value\n'))!;
  const steps = [...chapter.matchAll(/^(\d+)\. \[([\w-]+\.ts)\]\((src\/\S+)\)/gm)];
  expect(steps.map(([, number]) => Number(number))).toEqual(steps.map((_, at) => at + 1));
  expect(steps.every(([, , name, path]) => path!.endsWith(`/${name}`))).toBe(true);
  expect(steps.map(([, , name]) => name)).toContain('price-stream-processor.ts');
  expect(steps.map(([, , name]) => name)).toContain('valuation-saver.ts');
  expect(new Set(chapter.match(/src\/[\w/-]+\.ts/g)).size).toBe(steps.length);
  expect(steps.length).toBeLessThanOrEqual(MOST_FILES);
});
