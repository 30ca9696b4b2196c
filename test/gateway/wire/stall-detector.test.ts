import { describe, expect, test } from 'vitest';
import { StallDetector } from '../../../src/gateway/wire/stall-detector.js';

describe('a stall detector', () => {
  test('ignores a reader that has read everything, however long ago', () => {
    const stall = new StallDetector(1000);
    stall.wrote(10);
    expect(stall.isStalled(0, 0)).toBe(false);
    expect(stall.isStalled(0, 99_999)).toBe(false);
  });

  test('detects bytes that have not left within the limit, even if some leave now and then', () => {
    const stall = new StallDetector(1000);
    stall.wrote(10);
    expect(stall.isStalled(10, 0)).toBe(false);
    expect(stall.isStalled(5, 500)).toBe(false);
    expect(stall.isStalled(1, 999)).toBe(false);
    expect(stall.isStalled(1, 1000)).toBe(true);
  });

  test('starts again once all bytes of its last check have left, though newer ones wait', () => {
    const stall = new StallDetector(1000);
    stall.wrote(10);
    expect(stall.isStalled(10, 0)).toBe(false);
    stall.wrote(20);
    expect(stall.isStalled(20, 900)).toBe(false);
    expect(stall.isStalled(20, 1800)).toBe(false);
    expect(stall.isStalled(20, 1900)).toBe(true);
  });
});
