import type { PortfolioValue } from 'tickmark/client';
import type { Point } from '../history.js';

/** What a curve shows. */
export type Series = 'value' | 'profit';

/** A curve as it is drawn. */
export interface Curve {
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  /** `null`: a gap. */
  readonly values: ReadonlyArray<number | null>;
  /** Its first and last values; `null` without two of them, which no line can be drawn through. */
  readonly ends: readonly [first: number, last: number] | null;
  /** Least and most that the axis shows. */
  readonly range: readonly [least: number, most: number];
  /** Whether the last point is a gap: now the value is not complete. */
  readonly isOpen: boolean;
}

/** What a value adds to its curve: a gap while it is not complete, since the known part of a value is no point of it. */
export function pointOf(
  {
    complete,
    marketValue,
    unrealizedPnl,
  }: Pick<PortfolioValue, 'complete' | 'marketValue' | 'unrealizedPnl'>,
  now: number,
): Point {
  const figure = (value: string | null): number | null => (complete && value !== null ? Number(value) : null);
  return [now, figure(marketValue), figure(unrealizedPnl)];
}

/** The curve through points, oldest first. */
export function curveOf(points: readonly Point[], series: Series): Curve {
  const column = series === 'value' ? 1 : 2;
  const values = points.map((point) => point[column]);
  const known = values.filter((value) => value !== null);
  return {
    times: points.map(([time]) => time / 1000),
    values,
    ends: known.length < 2 ? null : [known[0]!, known.at(-1)!],
    range: padded(known),
    isOpen: values.length > 0 && values.at(-1) === null,
  };
}

/** Whether an axis shows how far its values are from 0. */
export function startsAtZero([least, most]: readonly [number, number]): boolean {
  return least <= 0 && most >= 0;
}

/** Some room above and below, and a height even where nothing has moved. */
function padded(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = Math.max((most - least) * 0.12, Math.abs(most) * 0.00002, 0.01);
  return [least - room, most + room];
}
