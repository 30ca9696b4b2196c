import { expect, test } from 'vitest';
import { pause } from '../waiting.js';
import { meanwhile } from './meanwhile.js';

test('an activity that fails fails the work at once, and the others end', async () => {
  let steps = 0;
  const fails = { everyMs: 1, step: async () => Promise.reject(new Error('no more prices')) };
  const counts = { everyMs: 1, step: async () => void steps++ };
  const isNeverDone = new Promise<never>(() => undefined);
  await expect(meanwhile([counts, fails], () => isNeverDone)).rejects.toThrow('no more prices');
  const before = steps;
  await pause(20);
  expect(steps).toBe(before);
});

test('activities go on until the work is done', async () => {
  let steps = 0;
  let resolve!: (what: string) => void;
  const promise = new Promise<string>((settle) => (resolve = settle));
  const step = async (): Promise<void> => {
    if (++steps === 3) resolve('done');
  };
  expect(await meanwhile([{ everyMs: 1, step }], () => promise)).toBe('done');
  expect(steps).toBe(3);
});

test('work that fails ends the activities', async () => {
  let isBusy = false;
  const step = async (): Promise<void> => {
    isBusy = true;
    await pause(5);
    isBusy = false;
  };
  await expect(
    meanwhile([{ everyMs: 1, step }], async () => Promise.reject(new Error('wrong'))),
  ).rejects.toThrow('wrong');
  expect(isBusy).toBe(false);
});
