/** Frames of a session, as `readSession` reads them: one connection, on which a frame comes every 10 ms. */
export function madeUpSession(startedAt: number, frames: readonly string[]): string {
  return frames
    .map((data, number) =>
      JSON.stringify({ t: 'recv', conn: '1', ts: (startedAt + 10 * number) / 1000, data }),
    )
    .join('\n');
}
