import { assert, assertEqual } from '../assertions.js';
import type { EventBusKit } from './event-bus-kit.js';
import { PROBE, flush, listen, probe, probes, type ProbeEvent } from './probe-event.js';

const FAILURES: Record<string, (event: ProbeEvent) => void | Promise<void>> = {
  throws: () => {
    throw new Error('this handler throws, as the rule wants');
  },
  rejects: () => Promise.reject(new Error('this handler rejects, as the rule wants')),
};

export function failureRules(kit: EventBusKit): void {
  for (const [fails, failing] of Object.entries(FAILURES)) {
    kit.rule(
      `a handler that ${fails} does not affect publish() or other subscriptions`,
      async ({ bus }, time) => {
        const before = listen(bus);
        listen(bus, PROBE, failing);
        const after = listen(bus);
        await time.settled(bus.publish(probes(3)), 'publish()');
        for (const each of [before, after]) {
          await time.until(() => each.numbers().length >= 3, 'the other subscriptions get all events');
          assertEqual(each.numbers(), [0, 1, 2], 'events of another subscription');
        }
      },
    );

    kit.rule(`a handler that ${fails} still receives the next event`, async ({ bus }, time) => {
      const failed = new Set<string>();
      const { numbers } = listen(bus, PROBE, (event) => {
        // Once per event, so that a bus that retries succeeds.
        if (failed.has(event.id)) return undefined;
        failed.add(event.id);
        return failing(event);
      });
      await time.settled(bus.publish(probes(3)), 'publish()');
      await time.until(() => numbers().length >= 3, 'the next events arrive');
      assertEqual(numbers(), [0, 1, 2], 'events of the failing subscription');
    });

    kit.rule(`a handler call that ${fails} is counted as failed`, async ({ bus }, time) => {
      const failed = new Set<string>();
      listen(bus, PROBE, (event) => {
        if (failed.has(event.id)) return undefined;
        failed.add(event.id);
        return failing(event);
      });
      await time.settled(bus.publish(probes(3)), 'publish()');
      await time.until(() => bus.stats().failed >= 3, 'failed counts each call');
      assertEqual(bus.stats().failed, 3, 'failed');
    });
  }

  kit.rule('a handler that never settles blocks only its own subscription', async ({ bus }, time) => {
    const stuck = listen(bus, PROBE, () => new Promise<void>(() => undefined));
    const other = listen(bus);
    await time.settled(bus.publish(probes(5)), 'publish()');
    await time.until(() => other.numbers().length >= 5, 'the other subscription gets all events');
    await flush(bus, time);
    assertEqual(other.numbers(), [0, 1, 2, 3, 4], 'events of the other subscription');
    assertEqual(stuck.numbers(), [0], 'events of the stuck subscription');
  });

  kit.rule(
    'an event whose handler failed is delivered again only if delivery is at-least-once',
    async ({ bus }, time) => {
      const sent = probe(1);
      let failures = 0;
      const { events } = listen(bus, PROBE, (event) => {
        if (event.id !== sent.id || failures++ > 0) return;
        throw new Error('this handler throws once, as the rule wants');
      });
      await time.settled(bus.publish(sent), 'publish()');
      const deliveries = (): number => events.filter(({ id }) => id === sent.id).length;
      if (bus.delivery === 'at-least-once') {
        await time.until(() => deliveries() >= 2, 'the event comes again, with the same id');
      } else {
        await flush(bus, time);
        assert(deliveries() === 1, 'an at-most-once bus hands an event over once');
      }
    },
  );
}
