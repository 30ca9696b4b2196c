/** How often each latency was, in tenths of a ms. */
export type Histogram = Readonly<Record<number, number>>;

/** All together. */
export function merged(histograms: readonly Histogram[]): Histogram {
  const sum: Record<number, number> = {};
  for (const each of histograms)
    for (const [took, count] of Object.entries(each)) sum[Number(took)] = (sum[Number(took)] ?? 0) + count;
  return sum;
}

/** The latency that a share of all stays within, in ms. */
export function quantile(histogram: Histogram, share: number): number {
  const entries = Object.entries(histogram).map(([took, count]) => [Number(took), count] as const);
  entries.sort(([one], [other]) => one - other);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [took, count] of entries) if ((seen += count) >= total * share) return took / 10;
  return NaN;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return sorted.length === 0 ? NaN : (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** The slope of points, a unit of `y` for each of `x`: the median of the slopes of all pairs, which single outliers do not turn. */
export function slope(points: ReadonlyArray<readonly [x: number, y: number]>): number {
  const slopes = points.flatMap(([x, y], at) => points.slice(at + 1).map(([x2, y2]) => (y2 - y) / (x2 - x)));
  return slopes.length === 0 ? 0 : median(slopes);
}
