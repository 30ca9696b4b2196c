import { describe, expect, it } from 'vitest';
import { clientRig } from '../client-rig.js';
import { priceValue } from '../messages.js';

const nothing = (): void => undefined;

// field-faults, 17.1: A, then B for more than a second, then A again waited 5.5 s for A.
describe.each([true, false])(
  'a view that is left and reopened; the connection can change topics: %j',
  (canChange) => {
    async function openedRig() {
      const rig = clientRig();
      rig.gateway.canChange = canChange;
      const leave = rig.client.price('A').subscribe(nothing);
      rig.client.price('X').subscribe(nothing);
      await rig.pass();
      rig.gateway.last.open({ prices: [priceValue('A', '1'), priceValue('X', '9')] });
      await rig.pass();
      return { ...rig, leave, shown: () => rig.client.price('A').getSnapshot().value?.price };
    }

    it('has its value at once within the grace period', async () => {
      const { client, leave, pass, shown } = await openedRig();
      leave();
      await pass(499);
      client.price('A').subscribe(nothing);
      expect(shown()).toBe('1');
    });

    it('is asked for at once after it', async () => {
      const { client, gateway, leave, pass, shown } = await openedRig();
      leave();
      await pass(1200);
      expect(shown()).toBeUndefined();
      client.price('A').subscribe(nothing);
      await pass(1);
      if (canChange) {
        expect(gateway.last.changes).toEqual([
          { added: [], removed: ['price:A'] },
          { added: ['price:A'], removed: [] },
        ]);
        gateway.last.answer({ prices: [priceValue('A', '2')] }, { topics: ['price:A'] });
      } else {
        expect(gateway.connections).toHaveLength(2);
        expect(gateway.last.request).toMatchObject({ held: ['price:X'], added: ['price:A'] });
        gateway.last.open({ prices: [priceValue('A', '2')] });
      }
      await pass();
      expect(shown()).toBe('2');
    });

    it('again and again is asked for each time, and never twice at once', async () => {
      const { client, gateway, leave, pass, shown } = await openedRig();
      leave();
      for (let round = 0; round < 5; round++) {
        await pass(700);
        const again = client.price('A').subscribe(nothing);
        await pass(canChange ? 1 : 300);
        const { last } = gateway;
        if (canChange) last.answer({ prices: [priceValue('A', `${round}`)] }, { topics: ['price:A'] });
        else last.open({ prices: [priceValue('A', `${round}`)] });
        await pass();
        expect(shown()).toBe(`${round}`);
        again();
      }
      expect(gateway.open).toHaveLength(1);
    });
  },
);

describe('a connection whose changes do not arrive', () => {
  it('is replaced by one that is asked for what it lacks', async () => {
    const { client, gateway, pass } = clientRig();
    client.price('A').subscribe(nothing);
    await pass();
    gateway.last.open({ prices: [priceValue('A', '1')] });
    client.price('B').subscribe(nothing);
    await pass(300);
    expect(gateway.last.changes).toEqual([{ added: ['price:B'], removed: [] }]);
    gateway.last.unchangeable();
    await pass(1);
    expect(gateway.connections).toHaveLength(2);
    expect(gateway.last.request).toMatchObject({ held: ['price:A'], added: ['price:B'] });
  });
});

describe('a portfolio that is made after a page has asked for it', () => {
  it('appears without a reload', async () => {
    const { client, gateway, pass } = clientRig();
    client.price('A').subscribe(nothing);
    client.price('LATER').subscribe(nothing);
    await pass();
    gateway.last.welcome(0);
    gateway.last.answer(
      { prices: [priceValue('A', '1')] },
      { refused: [{ topic: 'price:LATER', reason: 'denied' }] },
    );
    await pass(4999);
    expect(client.price('LATER').getSnapshot()).toMatchObject({ state: 'unavailable', reason: 'denied' });
    expect(gateway.last.changes).toEqual([]);
    await pass(5001);
    expect(gateway.last.changes).toEqual([{ added: ['price:LATER'], removed: [] }]);
    // Until it is there, its view says what is known.
    expect(client.price('LATER').getSnapshot().reason).toBe('denied');
    gateway.last.answer({ prices: [priceValue('LATER', '3')] }, { topics: ['price:LATER'] });
    await pass();
    expect(client.price('LATER').getSnapshot()).toMatchObject({ state: 'ready', value: { price: '3' } });
  });
});
