/**
 * Divides items into sets in which no key comes twice, as lists of indexes: the first set has the first item of each key, the
 * second the second item, and so on. One statement can write a row only once.
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
