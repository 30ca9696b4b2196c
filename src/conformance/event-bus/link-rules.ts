import { BUS_GAP, type BusGapEvent, type EventBus } from '../../core/messaging/event-bus.js';
import { assert, assertEqual } from '../assertions.js';
import type { KitTime } from '../kit-time.js';
import type { EventBusKit } from './event-bus-kit.js';
import { PROBE, flush, listen, probe, type ProbeEvent } from './probe-event.js';

export function linkRules(kit: EventBusKit): void {
  const breakable = !!kit.supports.link;

  kit.ruleIf(
    breakable,
    'publish() over a broken link rejects with BUS_FAILED and delivers nothing',
    async (h, time) => {
      const { numbers } = listen(h.bus);
      await flush(h.bus, time);
      await h.link!.break();
      const error = await time.rejected(h.bus.publish(probe(1)), 'BUS_FAILED', 'publish() on a broken link');
      assert(error.retryable, 'BUS_FAILED is retryable');
      await h.link!.restore();
      await publishUntil(h.bus, time, 2, () => numbers().some((n) => n > 1));
      assert(!numbers().includes(1), 'what was refused does not arrive');
    },
  );

  kit.ruleIf(breakable, 'subscriptions survive a broken link', async (h, time) => {
    const { numbers } = listen(h.bus);
    const ended = listen(h.bus);
    await flush(h.bus, time);
    await h.link!.break();
    ended.unsubscribe();
    const meanwhile = listen(h.bus);
    await h.link!.restore();
    await publishUntil(h.bus, time, 1, () =>
      [numbers(), meanwhile.numbers()].every(({ length }) => length > 0),
    );
    await flush(h.bus, time);
    for (const received of [numbers(), meanwhile.numbers()])
      assertEqual(received, [...new Set(received)], 'events of a subscription, each once');
    assertEqual(ended.numbers(), [], 'events of the subscription that was ended meanwhile');
  });

  kit.ruleIf(
    breakable,
    'an at-most-once bus emits a gap event before the events that follow a broken link, or loses none',
    async (h, time) => {
      const order: string[] = [];
      const gaps: BusGapEvent[] = [];
      h.bus.subscribe(BUS_GAP, (gap) => {
        gaps.push(gap);
        order.push('gap');
      });
      const { numbers } = listen(h.bus, PROBE, ({ n }) => void (n >= 0 && order.push(`event ${n}`)));
      await flush(h.bus, time);
      await h.link!.break();
      if (h.peer) await time.settled(h.peer.publish(probe(0)), 'publish() of the peer');
      await time.pass(20);
      await h.link!.restore();
      await publishUntil(h.bus, time, 1, () => numbers().some((n) => n > 0));
      if (numbers().includes(0) && gaps.length === 0) return;
      assertEqual(
        order.findIndex((each) => each !== 'gap'),
        1,
        'gap events before the first event',
      );
      assertEqual(gaps[0]?.reason, 'disconnect', 'reason of the gap');
      assert(gaps[0]!.types.includes(PROBE), 'the gap names the types that were subscribed');
      assert(gaps[0]!.from <= gaps[0]!.to, 'a gap ends after it began');
    },
    ({ bus }) => (bus.delivery === 'at-most-once' ? undefined : `the bus delivers ${bus.delivery}`),
  );
}

/**
 * Publishes events with rising numbers until `isReceived()`. An at-most-once bus may lose events before it has subscribed again; an
 * at-least-once bus delivers what it has accepted, so one event is enough.
 */
async function publishUntil(
  bus: EventBus,
  time: KitTime,
  first: number,
  isReceived: () => boolean,
): Promise<void> {
  let next: ProbeEvent | undefined = probe(first);
  await time.until(async () => {
    if (isReceived()) return true;
    if (!next) return false;
    const { n } = next;
    const isAccepted = await time.settled(bus.publish(next), 'publish()').then(
      () => true,
      () => false,
    );
    if (isAccepted) next = bus.delivery === 'at-most-once' ? probe(n + 1) : undefined;
    return false;
  }, 'events arrive again');
}
