import { assert, assertEqual, assertThrows } from '../assertions.js';
import type { EventBusKit } from './event-bus-kit.js';
import { PROBE, flush, gate, listen, probe, probes } from './probe-event.js';

export function closingRules(kit: EventBusKit): void {
  kit.rule('publish() and subscribe() after close() fail with CLOSED', async ({ bus }, time) => {
    await time.settled(bus.close(), 'close()');
    await time.rejected(bus.publish(probe(1)), 'CLOSED', 'publish() after close()');
    await time.rejected(bus.publish(probes(2)), 'CLOSED', 'publish() of a list after close()');
    assertThrows(() => bus.subscribe(PROBE, () => undefined), 'CLOSED', 'subscribe() after close()');
  });

  kit.rule('close() may be called repeatedly, also together with disposing', async ({ bus }, time) => {
    await time.settled(Promise.all([bus.close(), bus.close(), bus[Symbol.asyncDispose]()]), 'close()');
    await time.settled(bus.close(), 'close() again');
    await time.rejected(bus.publish(probe(1)), 'CLOSED', 'publish() after disposing');
  });

  kit.rule('disposing of a bus closes it', async ({ bus }, time) => {
    await time.settled(bus[Symbol.asyncDispose](), 'disposing');
    await time.rejected(bus.publish(probe(1)), 'CLOSED', 'publish() after disposing');
  });

  kit.rule('no handler call starts after close() was called', async ({ bus }, time) => {
    const door = gate();
    const { numbers, unsubscribe } = listen(bus, PROBE, () => door.opened);
    await time.settled(bus.publish(probes(5)), 'publish()');
    await time.until(() => numbers().length > 0, 'the first event arrives');
    await flush(bus, time);
    const closing = bus.close();
    door.open();
    await time.settled(closing, 'close()');
    await time.pass(20);
    assertEqual(numbers(), [0], 'events handed over');
    assertEqual(bus.stats().subscriptions, 0, 'subscriptions after close()');
    unsubscribe();
  });

  kit.rule('close() waits for running handlers', async ({ bus }, time) => {
    const door = gate();
    let ended = false;
    const { numbers } = listen(bus, PROBE, async () => {
      await door.opened;
      ended = true;
    });
    await time.settled(bus.publish(probe(1)), 'publish()');
    await time.until(() => numbers().length > 0, 'the event arrives');
    const closing = bus.close({ timeoutMs: 60_000 });
    assert(await time.isPendingAfter(closing, 50), 'close() waits while a handler is at work');
    door.open();
    await time.settled(closing, 'close()');
    assert(ended, 'close() settles after the handler has ended');
  });

  kit.rule('close() waits no longer than timeoutMs', async ({ bus }, time) => {
    const { numbers } = listen(bus, PROBE, () => new Promise<void>(() => undefined));
    await time.settled(bus.publish(probe(1)), 'publish()');
    await time.until(() => numbers().length > 0, 'the event arrives');
    await time.settled(bus.close({ timeoutMs: 100 }), 'close() with a handler that never settles');
  });
}
