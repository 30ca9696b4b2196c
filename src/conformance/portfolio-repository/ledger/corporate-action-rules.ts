import {
  readCorporateAction,
  type CorporateAction,
} from '../../../core/portfolio/corporate-actions/corporate-action.js';
import { assertEqual, assertRejects } from '../../assertions.js';
import { skipWithout, type RepositoryKit } from '../repository-kit.js';
import { NOON, plain } from '../sample-data.js';

const actionOf = (id: string, to: number | string): CorporateAction =>
  readCorporateAction({ id, at: NOON, type: 'split', symbol: 'AAPL "A"', from: '0.125', to }, NOON);

export function corporateActionRules(kit: RepositoryKit): void {
  const rule: RepositoryKit['rule'] = (name, run) => kit.rule(name, run, skipWithout('corporateActions'));

  rule('a corporate action loads as it was saved, also from elsewhere', async ({ repository, peer }) => {
    assertEqual(await repository.corporateActions!(), [], 'actions of an empty store');
    const merger = readCorporateAction(
      {
        id: 'm\\1',
        at: NOON,
        type: 'merger',
        symbol: 'A',
        into: 'B',
        from: 3,
        to: 7,
        cashPerUnit: '0.000000000000000001',
      },
      NOON,
    );
    const saved = [
      await repository.saveCorporateAction!(actionOf('s', 1), false),
      await repository.saveCorporateAction!(merger, true),
    ];
    const expected = [
      { number: 1, action: actionOf('s', 1), isBooked: false },
      { number: 2, action: merger, isBooked: true },
    ];
    assertEqual(saved.map(plain), expected.map(plain), 'what saveCorporateAction() returns');
    const loaded = await (peer ?? repository).corporateActions!();
    assertEqual(loaded.map(plain), expected.map(plain), 'actions that load');
  });

  rule(
    'an action that is saved again stays as it is, and one that is booked stays booked',
    async ({ repository }) => {
      await repository.saveCorporateAction!(actionOf('a', 2), false);
      await repository.saveCorporateAction!(actionOf('b', 2), false);
      const again = await repository.saveCorporateAction!(actionOf('a', '2.0'), false);
      assertEqual([again.number, again.isBooked], [1, false], 'an action that is saved again');
      const booked = await repository.saveCorporateAction!(actionOf('a', 2), true);
      assertEqual([booked.number, booked.isBooked], [3, true], 'an action that is marked as booked');
      const later = await repository.saveCorporateAction!(actionOf('a', 2), false);
      assertEqual([later.number, later.isBooked], [3, true], 'a booked action that is saved again');
    },
  );

  rule('corporateActions() returns what has changed after a number, by number', async ({ repository }) => {
    for (const id of ['z', 'y', 'x']) await repository.saveCorporateAction!(actionOf(id, 2), false);
    await repository.saveCorporateAction!(actionOf('z', 2), true);
    const idsAfter = async (after?: number) =>
      (await repository.corporateActions!(after)).map(({ number, action }) => `${number} ${action.id}`);
    assertEqual(await idsAfter(), ['2 y', '3 x', '4 z'], 'all actions');
    assertEqual(await idsAfter(2), ['3 x', '4 z'], 'actions after the second change');
    assertEqual(await idsAfter(4), [], 'actions after the last change');
  });

  rule('the id of a corporate action with other content is refused', async ({ repository }) => {
    await repository.saveCorporateAction!(actionOf('a', 2), false);
    const other = repository.saveCorporateAction!(actionOf('a', 3), true);
    await assertRejects(other, 'ENTRY_CONFLICT', 'saveCorporateAction()');
    const [stored] = await repository.corporateActions!();
    assertEqual(
      plain(stored!),
      plain({ number: 1, action: actionOf('a', 2), isBooked: false }),
      'the stored action',
    );
  });
}
