import { BUS_GAP, type BusGapEvent } from '../../core/messaging/event-bus.js';
import { assert, assertEqual } from '../assertions.js';
import type { EventBusKit } from './event-bus-kit.js';
import { PROBE, flush, listen, probe } from './probe-event.js';

export function linkRules(kit: EventBusKit): void {
  const breakable = !!kit.supports.link;

  kit.ruleIf(
    breakable,
    'publish() on a broken link rejects with BUS_FAILED, and nothing of it arrives',
    async (h, time) => {
      const { numbers } = listen(h.bus);
      await flush(h.bus, time);
      await h.link!.break();
      const error = await time.rejected(h.bus.publish(probe(1)), 'BUS_FAILED', 'publish() on a broken link');
      assert(error.retryable, 'BUS_FAILED is retryable');
      await h.link!.restore();
      await publishWhenMended(h.bus, time, 2);
      await time.until(() => numbers().includes(2), 'events arrive again');
      assert(!numbers().includes(1), 'what was refused does not arrive');
    },
  );

  kit.ruleIf(breakable, 'subscriptions live on over a broken link', async (h, time) => {
    const { numbers } = listen(h.bus);
    const ended = listen(h.bus);
    await flush(h.bus, time);
    await h.link!.break();
    ended.subscription.unsubscribe();
    const meanwhile = listen(h.bus);
    await h.link!.restore();
    await publishWhenMended(h.bus, time, 1);
    await time.until(() => numbers().length > 0, 'the subscription from before gets the event');
    await time.until(() => meanwhile.numbers().length > 0, 'the subscription from meanwhile gets the event');
    assertEqual(numbers().filter((n) => n === 1).length, 1, 'deliveries of the event');
    assertEqual(ended.numbers(), [], 'events of the subscription that was ended meanwhile');
  });

  kit.ruleIf(
    breakable,
    'an at-most-once bus announces a break before the events that follow it',
    async (h, time) => {
      if (h.bus.delivery !== 'at-most-once') return;
      const order: string[] = [];
      const gaps: BusGapEvent[] = [];
      h.bus.subscribe(BUS_GAP, (gap) => {
        gaps.push(gap);
        order.push('gap');
      });
      listen(h.bus, PROBE, ({ n }) => void (n >= 0 && order.push(`event ${n}`)));
      await flush(h.bus, time);
      await h.link!.break();
      await time.pass(20);
      await h.link!.restore();
      await publishWhenMended(h.bus, time, 1);
      await time.until(() => order.includes('event 1'), 'events arrive again');
      assertEqual(order, ['gap', 'event 1'], 'order of gap and event');
      assertEqual(gaps[0]?.reason, 'disconnect', 'reason of the gap');
      assert(gaps[0]!.types.includes(PROBE), 'the gap names the types that were subscribed');
      assert(gaps[0]!.from <= gaps[0]!.to, 'a gap ends after it began');
    },
  );
}

async function publishWhenMended(
  bus: Parameters<typeof flush>[0],
  time: Parameters<typeof flush>[1],
  n: number,
): Promise<void> {
  const event = probe(n);
  await time.until(
    () =>
      time.settled(bus.publish(event), 'publish()').then(
        () => true,
        () => false,
      ),
    'publish() succeeds again',
  );
}
