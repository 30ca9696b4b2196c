/**
 * Indexes of the items in sets within which no key comes twice, in order: the first has every key's first item, the second
 * its second one, and so on. One statement writes a row once only.
 */
export function partitionUnique<Item>(items: readonly Item[], keyOf: (item: Item) => string): number[][] {
  const sets: number[][] = [];
  const seen = new Map<string, number>();
  items.forEach((item, index) => {
    const key = keyOf(item);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    (sets[times] ??= []).push(index);
  });
  return sets;
}
