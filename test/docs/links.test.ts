import { expect, test } from 'vitest';
import { brokenLinks } from './links.js';
import { pages, readPage } from './pages.js';

const others = [
  'README.zh-CN.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'PROTOCOL.md',
  'SECURITY.md',
  'bench/README.md',
  'examples/README.md',
].map(readPage);

test.for([...pages, ...others])('links lead to files and chapters: $path', ({ path, text }) => {
  expect(brokenLinks(path, text)).toEqual([]);
});

test('a link to no file, and one to no chapter, are broken', () => {
  const text = '# Here\n[a](none.md) [b](#there) [c](#here) [d](https://example.com) [e](README.md#start)\n';
  expect(brokenLinks('docs/README.md', text)).toEqual(['none.md', '#there']);
});
