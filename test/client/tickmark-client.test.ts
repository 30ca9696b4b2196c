import { describe, expect, it, vi } from 'vitest';
import { clientRig } from './client-rig.js';
import { portfolioValue } from './messages.js';

describe('a client', () => {
  it('connects when somebody looks, and shows what comes', async () => {
    const { client, gateway, pass, status } = clientRig();
    const pension = client.portfolio('pension');
    expect(pension.getSnapshot()).toEqual({ id: 'pension', state: 'loading', reason: null, value: null });
    await pass(1000);
    expect(gateway.connections).toHaveLength(0);

    const listener = vi.fn();
    pension.subscribe(listener);
    await pass();
    expect(gateway.last.request).toEqual({
      token: null,
      held: [],
      position: null,
      added: ['portfolio:pension'],
    });
    expect(status()).toBe('connecting');

    const value = portfolioValue('pension', '1.50');
    gateway.last.open({ portfolios: [value] });
    expect(listener).not.toHaveBeenCalled();
    await pass();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(pension.getSnapshot()).toEqual({ id: 'pension', state: 'ready', reason: null, value });
    expect(status()).toBe('live');
  });
});
