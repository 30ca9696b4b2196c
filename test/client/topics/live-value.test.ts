import { describe, expect, test } from 'vitest';
import { liveValue } from '../../../src/client/topics/live-value.js';
import { ObservableValue } from '../../../src/client/topics/observable-value.js';

/** A live value that the store has while it has a listener. */
function world() {
  const first = { value: 0 };
  const observable = new ObservableValue<{ value: number }>(first);
  let holds = 0;
  const live = liveValue(
    first,
    () => (holds > 0 ? observable : undefined),
    () => {
      holds++;
      return () => void holds--;
    },
    ({ shown }) => shown,
  );
  const show = (value: number): void => {
    observable.next = { value };
    observable.commit();
    for (const listener of [...observable.listeners]) listener();
  };
  return { first, observable, live, show, holds: () => holds };
}

describe('a live value', () => {
  test('is kept while it has a listener, once for each', () => {
    const { live, holds } = world();
    const stops = [live.subscribe(() => undefined), live.subscribe(() => undefined)];
    expect(holds()).toBe(2);
    for (const stop of stops) stop();
    expect(holds()).toBe(0);
  });

  test('is the first one until another is shown, and whenever the store does not have it', () => {
    const { first, observable, live, show } = world();
    const stop = live.subscribe(() => undefined);
    expect(live.getSnapshot()).toBe(first);
    show(1);
    expect(live.getSnapshot()).toBe(observable.shown);
    expect(live.getServerSnapshot()).toBe(first);
    stop();
    expect(live.getSnapshot()).toBe(first);
  });

  test('calls a function as often as it was subscribed, until each subscription ends', () => {
    const { live, show } = world();
    let calls = 0;
    const listener = (): void => void calls++;
    const [stop] = [live.subscribe(listener), live.subscribe(listener)];
    show(1);
    stop();
    show(2);
    expect(calls).toBe(3);
  });
});
