import { readFileSync, readdirSync } from 'node:fs';
import { parse } from 'vue/compiler-sfc';
import { describe, expect, test } from 'vitest';

const page = new URL('../../examples/demo/page/', import.meta.url);
const templates = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.vue'),
);

/** A node of a parsed template. */
interface Node {
  readonly type: number;
  /** Of an element: 0 for one of HTML; otherwise it is a component, a slot or a `<template>`. */
  readonly tagType?: number;
  readonly loc: { readonly source: string };
  readonly children?: readonly Node[];
}
const TEXT = 2;
const INTERPOLATION = 5;

/** Elements of which a text that changes is not the only child. */
function mixed(node: Node): string[] {
  const children = node.children ?? [];
  const isMixed =
    children.some(({ type }) => type === INTERPOLATION) &&
    (node.tagType !== 0 || children.some(({ type }) => type !== INTERPOLATION && type !== TEXT));
  return [...(isMixed ? [node.loc.source] : []), ...children.flatMap(mixed)];
}
const mixedIn = (source: string): string[] =>
  mixed(parse(source).descriptor.template!.ast as unknown as Node);

describe('the templates of the dashboard', () => {
  // A translator of the browser puts other nodes in the place of texts. Vue replaces the whole content of an element, but of several
  // nodes only those that it has made, which nobody sees any more.
  test.each(templates)('%s have every text that changes alone in its element', (path) => {
    expect(mixedIn(readFileSync(new URL(path, page), 'utf8'))).toEqual([]);
  });

  test('are found where a text stands beside an element, or in none', () => {
    expect(mixedIn('<template><b><i />{{ a }}</b></template>')).toHaveLength(1);
    expect(mixedIn('<template><template v-if="a">{{ a }}</template></template>')).toHaveLength(1);
    expect(mixedIn('<template>{{ a }}</template>')).toHaveLength(1);
    expect(mixedIn('<template><b>at {{ a }}</b></template>')).toEqual([]);
    expect(templates.length).toBeGreaterThan(10);
  });
});
