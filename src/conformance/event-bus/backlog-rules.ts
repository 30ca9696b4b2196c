import { BUS_GAP, type BusGapEvent } from '../../core/messaging/event-bus.js';
import { assert, assertEqual } from '../assertions.js';
import type { EventBusKit } from './event-bus-kit.js';
import { PROBE, STATE, flush, gate, listen, probe, probes, stateProbe } from './probe-event.js';

const MANY = 100;

export function backlogRules(kit: EventBusKit): void {
  const { conflation = false, maxBacklog } = kit.supports;

  kit.rule('a busy subscription receives every event that cannot be conflated', async ({ bus }, time) => {
    const count = Math.min(MANY, maxBacklog ?? MANY);
    const door = gate();
    const { numbers } = listen(bus, PROBE, () => door.opened);
    await time.settled(bus.publish(probe(0)), 'publish()');
    await time.until(() => numbers().length > 0, 'the first event arrives');
    await time.settled(bus.publish(probes(count, 1)), 'publish()');
    door.open();
    await time.until(() => numbers().length > count, 'all events arrive');
    assertEqual(
      numbers(),
      Array.from({ length: count + 1 }, (_, n) => n),
      'events',
    );
  });

  kit.ruleIf(
    conflation,
    'a busy subscription receives its waiting states merged into one event',
    async ({ bus }, time) => {
      const door = gate();
      const { events } = listen(bus, STATE, () => door.opened);
      const idle = listen(bus, STATE);
      await time.settled(bus.publish(stateProbe(0)), 'publish()');
      await time.until(() => events.length > 0, 'the first event arrives');
      for (let n = 1; n <= MANY; n++) await time.settled(bus.publish(stateProbe(n)), 'publish()');
      await time.until(() => idle.numbers().at(-1) === MANY, 'another subscription is not held up');
      door.open();
      await time.until(() => events.at(-1)?.n === MANY, 'the newest state arrives');
      assertEqual(
        events.map(({ n }) => n),
        [0, MANY],
        'states of the busy subscription',
      );
      assertEqual(events.at(-1)?.count, MANY, 'events folded into the last one');
      assert(bus.stats().conflated >= MANY - 1, 'conflated counts what was folded');
    },
  );

  kit.ruleIf(
    conflation,
    'later events do not change the event that is being handled',
    async ({ bus }, time) => {
      const door = gate();
      const { events } = listen(bus, STATE, () => door.opened);
      await time.settled(bus.publish(stateProbe(1)), 'publish()');
      await time.until(() => events.length > 0, 'the first event arrives');
      await time.settled(bus.publish([stateProbe(2), stateProbe(3)]), 'publish()');
      assertEqual([events[0]!.n, events[0]!.count], [1, 1], 'the event that is being handled');
      door.open();
      await time.until(() => events.at(-1)?.n === 3, 'the newest state arrives');
    },
  );

  kit.ruleIf(
    maxBacklog !== undefined,
    'a full backlog keeps the newest events, and gap events report every lost one',
    async ({ bus }, time) => {
      const bound = maxBacklog!;
      const gaps: BusGapEvent[] = [];
      bus.subscribe(BUS_GAP, (gap) => void gaps.push(gap));
      const door = gate();
      const { events } = listen(bus, PROBE, () => door.opened);
      await time.settled(bus.publish(probe(0)), 'publish()');
      await time.until(() => events.length > 0, 'the first event arrives');
      const last = bound + 7;
      await time.settled(bus.publish(probes(last, 1)), 'publish()');
      await flush(bus, time);
      const sent = last + 2;
      door.open();
      const announced = (): number => gaps.reduce((sum, gap) => sum + (gap.lost ?? 0), 0);
      await time.until(() => events.at(-1)?.n === -1, 'the newest events arrive');
      await time.until(() => announced() >= sent - events.length, 'gap events report what was lost');
      await time.pass(20);

      assertEqual(events.length, bound + 1, 'events handed over');
      const newest = Array.from({ length: bound - 1 }, (_, index) => last - bound + 2 + index);
      assertEqual(
        events.map(({ n }) => n),
        [0, ...newest, -1],
        'the events that survive',
      );
      assertEqual(announced(), sent - events.length, 'events announced as lost');
      assertEqual(bus.stats().lost, announced(), 'lost');
      assertEqual(new Set(gaps.map(({ id }) => id)).size, gaps.length, 'ids of gap events');
      for (const gap of gaps) {
        assertEqual(gap.types, [PROBE], 'types of the gap');
        assertEqual(gap.reason, 'overflow', 'reason of the gap');
        assert(gap.from <= gap.to, 'a gap ends after it began');
      }
    },
  );

  kit.rule(
    'publish() and other subscriptions continue while one subscription is stuck',
    async ({ bus }, time) => {
      listen(bus, STATE, () => new Promise<void>(() => undefined));
      const other = listen(bus, STATE);
      for (let round = 0; round < 20; round++) {
        const states = Array.from({ length: MANY }, (_, n) => stateProbe(round * MANY + n));
        await time.settled(bus.publish(states), 'publish()');
      }
      await time.until(
        () => other.numbers().at(-1) === 20 * MANY - 1,
        'the other subscription gets the newest state',
      );
    },
  );
}
