import { afterEach, describe, expect, test } from 'vitest';
import type { DomainEvent } from 'tickmark';
import { InMemoryEventBus, STREAM_GAP } from 'tickmark';
import { ACCESS_CHANGED } from '../../../src/gateway/readers/access-change.js';
import { GatewayRig, type RigOptions } from '../rig/gateway-rig.js';

// Gaps and changes of access have no codec, so a bus may deliver anything.

let rig: GatewayRig;
const faults: string[] = [];
const start = async (options: RigOptions = {}) => {
  faults.length = 0;
  rig = await GatewayRig.start({
    busOf: (clock) =>
      new InMemoryEventBus({ clock, onError: ({ cause }) => void faults.push(String(cause)) }),
    ...options,
  });
};
afterEach(() => rig.end());

const publish = (event: object): Promise<void> =>
  rig.bus.publish({ id: 'x', occurredAt: 1, ...event } as DomainEvent);
const gap = { type: 'gap', from: 1, to: 2, symbols: ['ACME'], reason: 'silence', recovered: false };
const long = 'x'.repeat(2 ** 20);

describe('a gap that cannot be read', () => {
  test.each([
    [STREAM_GAP, { gap: { ...gap, reason: long } }],
    [STREAM_GAP, { gap: { ...gap, from: long } }],
    [STREAM_GAP, { gap: { ...gap, symbols: 7 } }],
    [STREAM_GAP, {}],
    ['tickmark.bus.gap', { ...gap, reason: long, types: [] }],
    ['tickmark.bus.gap', { ...gap, reason: 'overflow', types: long }],
  ])('is not shown to readers, who can connect as before, but prices are stale: %s', async (type, fields) => {
    await start();
    await rig.prices({ ACME: '1', GLOBEX: '1' });
    const before = await rig.stream(['price:ACME']);
    await publish({ ...fields, type });
    await rig.frame();
    expect(faults[0]).toMatch(/^TickmarkError: gap.*expected/);
    expect(before.last('update').prices).toMatchObject([{ symbol: 'ACME', grade: 'stale' }]);
    expect((await rig.stream(['price:ACME'])).last('welcome').status).toMatchObject({
      gaps: 0,
      lastGap: null,
    });
  });
});

describe('a change of access that cannot be read', () => {
  const change = { epoch: 'other', change: 'revoked', subject: null, portfolioId: null, symbol: null };

  test.each([
    ['without a subject', { ...change, subject: undefined }],
    ['with a number for a subject', { ...change, subject: 7 }],
    ['of an unknown kind', { ...change, change: 'granted' }],
  ])('%s makes every grant be checked again, and ends none', async (_, fields) => {
    let asked = 0;
    await start({ authorize: () => ++asked > 0 });
    const reader = await rig.stream(['portfolio:desk', 'price:ACME']);
    expect(asked).toBe(2);
    await publish({ ...fields, type: ACCESS_CHANGED });
    await rig.frame();
    expect(faults).toEqual([expect.stringContaining('change of access') as string]);
    expect([asked, reader.of('ended')]).toEqual([4, []]);
    await rig.prices({ ACME: '1', GLOBEX: '1' });
    expect(reader.last('update').portfolios).toHaveLength(1);
  });
});
