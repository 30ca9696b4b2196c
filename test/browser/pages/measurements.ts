import type { PriceValue, TickmarkClient } from 'tickmark/client';

/** Symbols of the rows of a page, twenty to a group: the browser leaves out what is not in sight a group at a time. */
export const GROUPS = Array.from({ length: 50 }, (_, group) =>
  Array.from({ length: 20 }, (_, index) => `S${String(group * 20 + index).padStart(4, '0')}`),
);

/** What happened on a page since `reset()`. */
export interface Measured {
  /** Commits of the client, and the most of them in one animation frame. */
  readonly commits: number;
  readonly mostCommitsInAFrame: number;
  /** Rows that a commit has changed, counted from snapshots. */
  readonly rowsChanged: number;
  readonly rowsRendered: number;
  readonly frames: number;
  /** Times that callbacks of animation frames took, ms: the client's commits, before the framework renders what it was told. */
  readonly callbackMs: readonly number[];
}

declare global {
  interface Window {
    measured: { reset(): void; read(): Measured };
  }
}

let callbackMs: number[] = [];
// In place before there is a client.
const { requestAnimationFrame: request } = window;
window.requestAnimationFrame = (callback) =>
  request((time) => {
    const began = performance.now();
    callback(time);
    callbackMs.push(performance.now() - began);
  });

/** Counts what the client and its rows, one for each price, do. */
export function measure(client: TickmarkClient): { rowRendered(): void } {
  let commits = 0;
  let mostCommitsInAFrame = 0;
  let commitsInFrame = 0;
  let rowsChanged = 0;
  let rowsRendered = 0;
  let frames = 0;
  const seen = GROUPS.flat().map((symbol) => ({
    live: client.price(symbol),
    value: null as PriceValue | null,
  }));

  client.subscribe(() => {
    commits++;
    mostCommitsInAFrame = Math.max(mostCommitsInAFrame, ++commitsInFrame);
    // By content, and not by the identity that rendering goes by; without a text or an object, which would count as time of the commit.
    for (const row of seen) {
      const { value } = row.live.getSnapshot();
      const { value: before } = row;
      row.value = value;
      if (
        value?.price !== before?.price ||
        value?.receivedAt !== before?.receivedAt ||
        value?.grade !== before?.grade
      )
        rowsChanged++;
    }
  });
  const frame = (): void => {
    frames++;
    commitsInFrame = 0;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  window.measured = {
    reset() {
      commits = mostCommitsInAFrame = rowsChanged = rowsRendered = frames = 0;
      callbackMs = [];
    },
    read: () => ({
      commits,
      mostCommitsInAFrame,
      rowsChanged,
      rowsRendered,
      frames,
      callbackMs,
    }),
  };
  return { rowRendered: () => void rowsRendered++ };
}
