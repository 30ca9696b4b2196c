import { describe, expect, test } from 'vitest';
import type { Portfolio } from '../../src/core/portfolio/portfolio.js';
import type { ShardSelection } from '../../src/core/shards/shard-selection.js';
import { pagesOf } from '../../src/postgres/portfolio-pages.js';

const SIZE = 4;

/** A store with ids in each of its shards, which counts what is asked for. */
function storeOf(...shards: string[][]) {
  const asked: string[] = [];
  const read = async (after: string | null, selection: ShardSelection | undefined) => {
    const numbers = selection?.shards ?? [...shards.keys()];
    asked.push(`${numbers.join('+')}>${after ?? ''}`);
    const ids = numbers.flatMap((shard) => shards[shard]!).sort();
    const page = ids.filter((id) => id > (after ?? '')).slice(0, SIZE);
    return {
      portfolios: page.map((id) => ({ id }) as Portfolio),
      last: page.length < SIZE ? null : page.at(-1)!,
    };
  };
  const all = { count: shards.length, shards: [...shards.keys()] };
  return { asked, read, all };
}

async function idsOf(pages: ReturnType<typeof pagesOf>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { portfolios } of pages) ids.push(...portfolios.map(({ id }) => id));
  return ids;
}

describe('shards are read', () => {
  test('one by one where each fills a page', async () => {
    const { asked, read, all } = storeOf([...'abcde'], [...'fghij'], []);
    expect(await idsOf(pagesOf(read, all, SIZE))).toEqual([...'abcdefghij']);
    expect(asked).toEqual(['0>', '0>d', '1>', '1>i', '2>']);
  });

  test('together where they are small, as many as fill a page', async () => {
    const { asked, read, all } = storeOf(['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g'], ['h']);
    expect(await idsOf(pagesOf(read, all, SIZE))).toEqual([...'abcdefgh']);
    expect(asked).toEqual(['0>', '1+2+3+4>', '1+2+3+4>e', '5+6+7>']);
  });

  test('to the end of those that were read together, however many they have', async () => {
    const { asked, read, all } = storeOf([], [...'abc'], [...'defg'], ['h']);
    expect(await idsOf(pagesOf(read, all, SIZE))).toEqual([...'abcdefgh']);
    expect(asked).toEqual(['0>', '1+2+3>', '1+2+3>d', '1+2+3>h']);
  });

  test('not at all where there are none; all portfolios without a selection', async () => {
    const { asked, read } = storeOf([...'ab'], [...'cde']);
    expect(await idsOf(pagesOf(read, { count: 2, shards: [] }, SIZE))).toEqual([]);
    expect(asked).toEqual([]);
    expect(await idsOf(pagesOf(read, undefined, SIZE))).toEqual([...'abcde']);
    expect(asked).toEqual(['0+1>', '0+1>d']);
  });
});

test('the next page is asked for before one is given out, and no other', async () => {
  const { asked, read, all } = storeOf([...'abcdefghijkl']);
  const pages = pagesOf(read, all, SIZE)[Symbol.asyncIterator]();
  await pages.next();
  expect(asked).toEqual(['0>', '0>d']);
  await pages.return?.();
  expect(asked).toHaveLength(2);
});

test('a page that fails ends the pages that are waited for, and is nothing to who has left', async () => {
  const { read, all } = storeOf([...'abcdefgh']);
  const failing: typeof read = async (after, shards) => {
    if (after !== null) throw new Error('down');
    return read(after, shards);
  };
  await expect(idsOf(pagesOf(failing, all, SIZE))).rejects.toThrow('down');
  const left = pagesOf(failing, all, SIZE)[Symbol.asyncIterator]();
  await left.next();
  await left.return?.();
});
