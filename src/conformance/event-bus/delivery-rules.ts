import { assert, assertEqual } from '../assertions.js';
import type { EventBusKit } from './event-bus-kit.js';
import { PROBE, flush, gate, listen, probe, probes, type ProbeEvent } from './probe-event.js';

export function deliveryRules(kit: EventBusKit): void {
  kit.factoryRule('createHarness() makes buses that share nothing', async (one, other, time) => {
    assert(one.bus !== other.bus, 'createHarness() gives a new bus each time');
    const here = listen(one.bus);
    const there = listen(other.bus);
    await time.settled(one.bus.publish(probe(1)), 'publish()');
    await flush(other.bus, time);
    await time.until(() => here.numbers().length > 0, 'the event arrives on its own bus');
    assertEqual(there.numbers(), [], 'events on the other bus');
  });

  kit.rule('delivery is at-most-once or at-least-once', async ({ bus }) => {
    assert(
      ['at-most-once', 'at-least-once'].includes(bus.delivery),
      `delivery is a guarantee: ${bus.delivery}`,
    );
  });

  kit.rule('an event reaches every subscription of its type exactly once', async ({ bus }, time) => {
    const listeners = [listen(bus), listen(bus), listen(bus)];
    await time.settled(bus.publish(probe(7)), 'publish()');
    await time.until(
      () => listeners.every((each) => each.numbers().length > 0),
      'every subscription gets it',
    );
    await flush(bus, time);
    for (const each of listeners) assertEqual(each.numbers(), [7], 'events of a subscription');
  });

  kit.rule('a handler that is subscribed twice is called twice', async ({ bus }, time) => {
    let calls = 0;
    const handler = (event: ProbeEvent): void => void (calls += event.n);
    bus.subscribe(PROBE, handler);
    bus.subscribe(PROBE, handler);
    await time.settled(bus.publish(probe(1)), 'publish()');
    await time.until(() => calls >= 2, 'both subscriptions get it');
  });

  kit.rule('an event arrives with all its data', async ({ bus }, time) => {
    const sent = { ...probe(3), text: 'ä\n"0.1"', list: [1, null, { deep: true }] };
    const { events } = listen(bus);
    await time.settled(bus.publish(sent), 'publish()');
    await time.until(() => events.length > 0, 'the event arrives');
    assertEqual({ ...events[0] }, sent, 'the event');
  });

  kit.rule('an event reaches no subscription of another type', async ({ bus }, time) => {
    const others = [`${PROBE}.x`, 'tickmark.conformance', '*', 'constructor'].map((type) =>
      listen(bus, type),
    );
    const own = listen(bus);
    await time.settled(bus.publish(probe(1)), 'publish()');
    await time.until(() => own.numbers().length > 0, 'the event arrives');
    for (const { events } of others) assertEqual(events, [], 'events of another type');
  });

  kit.rule('a subscription receives only events published after it was made', async ({ bus }, time) => {
    await time.settled(bus.publish(probe(1)), 'publish()');
    await flush(bus, time);
    const late = listen(bus);
    await time.settled(bus.publish(probe(2)), 'publish()');
    await time.until(() => late.numbers().length > 0, 'the event arrives');
    assertEqual(late.events[0]?.n, 2, 'first event of the later subscription');
  });

  kit.rule('events of one publisher arrive in the order they were published', async ({ bus }, time) => {
    const sync = listen(bus);
    const slow = listen(bus, PROBE, () => Promise.resolve());
    const count = Math.min(200, kit.supports.maxBacklog ?? 200);
    const accepted = Promise.all(probes(count).map((event) => bus.publish(event)));
    await time.settled(accepted, 'publish()');
    const expected = Array.from({ length: count }, (_, n) => n);
    for (const each of [sync, slow]) {
      await time.until(() => each.numbers().length >= count, 'all events arrive');
      assertEqual(each.numbers(), expected, 'order');
    }
  });

  kit.rule(
    'a list of events arrives in order, after earlier and before later events',
    async ({ bus }, time) => {
      const { numbers } = listen(bus);
      const accepted = [
        bus.publish(probe(0)),
        bus.publish(probes(50, 1)),
        bus.publish([]),
        bus.publish(probe(51)),
      ];
      await time.settled(Promise.all(accepted), 'publish()');
      await time.until(() => numbers().length >= 52, 'all events arrive');
      assertEqual(
        numbers(),
        Array.from({ length: 52 }, (_, n) => n),
        'order',
      );
    },
  );

  kit.rule('a subscription handles one event at a time', async ({ bus }, time) => {
    let running = 0;
    let most = 0;
    const { numbers } = listen(bus, PROBE, async () => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < 3; turn++) await Promise.resolve();
      running--;
    });
    await time.settled(bus.publish(probes(20)), 'publish()');
    await time.until(() => numbers().length >= 20 && running === 0, 'all events are handled');
    assertEqual(most, 1, 'handler calls of one subscription at a time');
  });

  kit.rule('publish() settles without waiting for handlers', async ({ bus }, time) => {
    const door = gate();
    const { events } = listen(bus, PROBE, () => door.opened);
    await time.settled(bus.publish(probe(1)), 'publish() while a handler is at work');
    await time.until(() => events.length > 0, 'the handler is called');
    door.open();
  });

  kit.rule('stats() counts events and subscriptions', async ({ bus }, time) => {
    const [first, second] = [listen(bus), listen(bus)];
    assertEqual(bus.stats().subscriptions, 2, 'subscriptions');
    await time.settled(bus.publish(probes(3)), 'publish()');
    await time.until(() => first.numbers().length + second.numbers().length >= 6, 'all events arrive');
    await time.until(() => bus.stats().handled >= 6, 'handled counts each call that ended well');
    assertEqual(bus.stats().published, 3, 'published');
    assertEqual(bus.stats().failed, 0, 'failed');
    first.unsubscribe();
    assertEqual(bus.stats().subscriptions, 1, 'subscriptions after unsubscribing');
  });

  kit.ruleIf(
    !!kit.supports.peer,
    'an event reaches subscriptions at other ends of the bus',
    async ({ bus, peer }, time) => {
      const { numbers } = listen(peer!);
      await flush(peer!, time);
      await time.settled(bus.publish(probes(5)), 'publish()');
      await time.until(() => numbers().length >= 5, 'all events arrive at the other end');
      assertEqual(numbers(), [0, 1, 2, 3, 4], 'events at the other end');
    },
  );
}
