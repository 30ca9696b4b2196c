import { expect, it, vi } from 'vitest';
import { alwaysVisible } from 'tickmark/client';
import { clientRig } from '../client-rig.js';
import { priceValue } from '../messages.js';

it('a client whose page is always visible connects and shows values where there is no browser', async () => {
  vi.useFakeTimers();
  try {
    const { client, gateway, clock } = clientRig({ page: alwaysVisible });
    const price = client.price('A');
    const stop = price.subscribe(() => undefined);
    await clock.advance(0);
    gateway.last.open({ prices: [priceValue('A', '1')] });
    await clock.advance(0);
    vi.runAllTimers();
    expect(price.getSnapshot().value?.price).toBe('1');
    stop();
    client.close();
  } finally {
    vi.useRealTimers();
  }
});
