import { describe, expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import { ConnectionQuota } from '../../../src/gateway/admission/address-quota.js';
import { AddressUsage } from '../../../src/gateway/admission/address-usage.js';
import { resolveLimits } from '../../../src/gateway/gateway-limits.js';

const usageOf = (): AddressUsage => new AddressUsage('10.0.0.1', resolveLimits({}), 0);

describe('the quota of a connection', () => {
  test('shares the room for topics with the other connections of its address', () => {
    const usage = usageOf();
    const [one, other] = [
      new ConnectionQuota(usage, 5, new FakeClock()),
      new ConnectionQuota(usage, 5, new FakeClock()),
    ];
    expect([one.takeTopics(3), other.takeTopics(3), other.takeTopics(1)]).toEqual([3, 2, 0]);
    one.returnTopics(1);
    expect(other.takeTopics(3)).toBe(1);
    expect([usage.connections, usage.topics]).toEqual([2, 5]);
  });

  test('is given back once, with the topics that it still has', () => {
    const usage = usageOf();
    const quota = new ConnectionQuota(usage, 5, new FakeClock());
    new ConnectionQuota(usage, 5, new FakeClock()).takeTopics(2);
    quota.takeTopics(2);
    quota.returnTopics(1);
    quota.release();
    quota.release();
    expect([usage.connections, usage.topics]).toEqual([1, 2]);
  });
});

describe('an address', () => {
  test('is at rest when nothing is open, no refusal is delayed, and no rule was broken lately', () => {
    const usage = usageOf();
    expect(usage.isAtRest(0)).toBe(true);
    const quota = new ConnectionQuota(usage, 5, new FakeClock());
    expect(usage.isAtRest(0)).toBe(false);
    quota.release();
    usage.recordViolation(1e6, 0);
    const ban = usage.ban(0)!;
    expect(usage.isAtRest(0)).toBe(false);
    const later = 1e12;
    expect(usage.isAtRest(later)).toBe(false);
    ban.delayed!.done();
    expect(usage.isAtRest(later)).toBe(true);
  });
});
