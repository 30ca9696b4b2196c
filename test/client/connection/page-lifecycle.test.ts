import { afterEach, describe, expect, it, vi } from 'vitest';
import { alwaysVisible } from 'tickmark/client';
import { platformPage } from '../../../src/client/connection/page-lifecycle.js';
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

describe('the page of a platform', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is always visible where there is neither a page nor a network to listen to, as in Node', () => {
    vi.stubGlobal('addEventListener', undefined);
    expect(platformPage()).toBe(alwaysVisible);
  });

  it('of a worker is visible, paints by a timer, and knows the network', async () => {
    const listeners = new Map<string, () => void>();
    vi.stubGlobal('addEventListener', (type: string, listener: () => void) => listeners.set(type, listener));
    vi.stubGlobal('navigator', { onLine: false });
    // A worker has it, and does not call it while no page shows its canvas.
    vi.stubGlobal('requestAnimationFrame', () => undefined);
    const page = platformPage();
    expect([page.isVisible(), page.isOnline()]).toEqual([true, false]);
    await new Promise<void>((resolve) => page.requestFrame(resolve));
    const heard: string[] = [];
    page.listen((event) => heard.push(event));
    expect([...listeners.keys()]).toEqual(['online', 'offline']);
    listeners.get('offline')!();
    expect(heard).toEqual(['offline']);
  });
});
