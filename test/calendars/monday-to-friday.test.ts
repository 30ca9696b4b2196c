import { expect, test } from 'vitest';
import { mondayToFriday } from '../../src/calendars/monday-to-friday.js';

test('gives five weekdays the same hours, and the weekend none', () => {
  const week = mondayToFriday([['09:30', '16:00']]);
  expect(Object.keys(week)).toEqual(['monday', 'tuesday', 'wednesday', 'thursday', 'friday']);
  expect(new Set(Object.values(week))).toEqual(new Set([[['09:30', '16:00']]]));
});
