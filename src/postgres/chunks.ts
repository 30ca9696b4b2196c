/** The items in runs whose weights sum to at most `limit`; an item that weighs more is a run of its own. Default weight: 1. */
export function* chunksOf<Item>(
  items: readonly Item[],
  limit: number,
  weightOf: (item: Item) => number = () => 1,
): IterableIterator<Item[]> {
  let chunk: Item[] = [];
  let weight = 0;
  for (const item of items) {
    const added = weightOf(item);
    if (chunk.length > 0 && weight + added > limit) {
      yield chunk;
      chunk = [];
      weight = 0;
    }
    chunk.push(item);
    weight += added;
  }
  if (chunk.length > 0) yield chunk;
}
