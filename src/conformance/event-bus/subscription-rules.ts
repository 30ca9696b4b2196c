import type { Unsubscribe } from '../../core/unsubscribe.js';
import { assert, assertEqual } from '../assertions.js';
import type { EventBusKit } from './event-bus-kit.js';
import { PROBE, flush, gate, listen, probe, probes, type Listening } from './probe-event.js';

const CHAIN = 50;

export function subscriptionRules(kit: EventBusKit): void {
  kit.rule('no handler call starts after unsubscribing', async ({ bus }, time) => {
    const { numbers, unsubscribe } = listen(bus);
    await time.settled(bus.publish(probe(1)), 'publish()');
    await time.until(() => numbers().length > 0, 'the event arrives');
    unsubscribe();
    await time.settled(bus.publish(probe(2)), 'publish()');
    await flush(bus, time);
    assertEqual(numbers(), [1], 'events of the ended subscription');
  });

  kit.rule('unsubscribing drops the events that wait in the backlog', async ({ bus }, time) => {
    const door = gate();
    const { numbers, unsubscribe } = listen(bus, PROBE, () => door.opened);
    await time.settled(bus.publish(probes(5)), 'publish()');
    await time.until(() => numbers().length > 0, 'the first event arrives');
    await flush(bus, time);
    unsubscribe();
    door.open();
    await flush(bus, time);
    assertEqual(numbers(), [0], 'events of the ended subscription');
  });

  kit.rule('unsubscribing is idempotent and ends no other subscription', async ({ bus }, time) => {
    let calls = 0;
    const handler = (): void => void calls++;
    const unsubscribe = bus.subscribe(PROBE, handler);
    const [before, after] = [listen(bus), listen(bus)];
    bus.subscribe(PROBE, handler);
    for (let times = 0; times < 3; times++) unsubscribe();
    await time.settled(bus.publish(probe(1)), 'publish()');
    await time.until(() => before.numbers().length + after.numbers().length >= 2, 'the others get the event');
    await time.until(() => calls > 0, 'the same handler, subscribed a second time, is still called');
  });

  kit.rule('a handler may end its own subscription', async ({ bus }, time) => {
    const unsubscribes: Unsubscribe[] = [];
    const once = listen(bus, PROBE, () => unsubscribes[0]?.());
    unsubscribes.push(once.unsubscribe);
    const other = listen(bus);
    await time.settled(bus.publish(probes(3)), 'publish()');
    await time.until(() => other.numbers().length >= 3, 'the other subscription gets all events');
    await flush(bus, time);
    assertEqual(once.numbers(), [0], 'events of the subscription that ended itself');
  });

  kit.rule(
    'a handler may end another subscription, which is then no longer called',
    async ({ bus }, time) => {
      let ended = false;
      let lateCalls = 0;
      const unsubscribes: Unsubscribe[] = [];
      const end = (): void => {
        for (const each of unsubscribes) each();
        ended = true;
      };
      const count = (): void => void (lateCalls += Number(ended));
      unsubscribes.push(bus.subscribe(PROBE, count));
      const { numbers } = listen(bus, PROBE, end);
      unsubscribes.push(bus.subscribe(PROBE, count));
      await time.settled(bus.publish(probes(3)), 'publish()');
      await time.until(() => numbers().length >= 3, 'the other subscription gets all events');
      await flush(bus, time);
      assertEqual(lateCalls, 0, 'calls that started after unsubscribing');
    },
  );

  kit.rule(
    'a subscription made by a handler receives later events but not the current one',
    async ({ bus }, time) => {
      const made: Listening[] = [];
      listen(bus, PROBE, (event) => {
        if (event.n === 1) made.push(listen(bus));
      });
      await time.settled(bus.publish(probe(1)), 'publish()');
      await time.until(() => made.length > 0, 'the event arrives');
      await time.settled(bus.publish(probe(2)), 'publish()');
      await time.until(() => made[0]!.numbers().length > 0, 'the new subscription gets the later event');
      assertEqual(made[0]!.numbers(), [2], 'events of the new subscription');
    },
  );

  kit.rule('a handler may publish events of its own type', async ({ bus }, time) => {
    let depth = 0;
    let deepest = 0;
    const accepted: Promise<void>[] = [];
    const { numbers } = listen(bus, PROBE, ({ n }) => {
      deepest = Math.max(deepest, ++depth);
      if (n >= 0 && n < CHAIN) accepted.push(bus.publish(probe(n + 1)));
      depth--;
    });
    accepted.push(bus.publish(probe(0)));
    await time.until(() => numbers().length > CHAIN, `a chain of ${CHAIN} events arrives`);
    await time.settled(Promise.all(accepted), 'publish() by a handler');
    assertEqual(numbers().at(-1), CHAIN, 'the last event');
    assert(deepest === 1, 'a handler is not called while it is at work');
  });
}
