import { expect, test } from 'vitest';
import type {
  CorporateAction,
  CorporateActionRecord,
} from '../../../../src/core/portfolio/corporate-actions/corporate-action.js';
import { KnownActions } from '../../../../src/core/portfolio/corporate-actions/known-actions.js';
import { InMemoryPortfolioRepository } from '../../../../src/memory/in-memory-portfolio-repository.js';
import { Portfolio } from '../../../../src/core/portfolio/portfolio.js';
import { readCorporateAction } from '../../../../src/core/portfolio/corporate-actions/corporate-action.js';

const AT = Date.UTC(2026, 5, 1);
const split = (id: string, at = AT): CorporateAction =>
  readCorporateAction({ id, at, type: 'split', symbol: 'A', from: 1, to: 2 }, AT);

function known(repository: InMemoryPortfolioRepository) {
  const fresh: string[] = [];
  const errors: string[] = [];
  const actions = new KnownActions({
    repository,
    onError: ({ message }) => void errors.push(message),
    onNew: (found) => void fresh.push(...found.map(({ id }) => id)),
  });
  return { actions, fresh, errors };
}

test('an action is new once, however many calls read it, and one that hangs keeps no other from reading', async () => {
  const repository = new InMemoryPortfolioRepository();
  await repository.saveCorporateAction(split('a'), false);
  const answers: Array<() => void> = [];
  const { corporateActions } = repository;
  repository.corporateActions = async (after) => {
    const found: CorporateActionRecord[] = await corporateActions.call(repository, after);
    if (answers.length === 0) await new Promise<void>((resolve) => answers.push(resolve));
    return found;
  };
  const { actions, fresh } = known(repository);
  const hanging = actions.refresh();
  await new Promise((resolve) => setImmediate(resolve));
  await actions.refresh();
  expect(fresh).toEqual(['a']);
  await repository.saveCorporateAction(split('a'), true);
  await actions.refresh();
  answers[0]!();
  await hanging;
  expect(fresh).toEqual(['a']);
  // The late answer says that it is not booked yet.
  const holder = Portfolio.replay({ id: 'p', currency: 'USD' }, []).buy('A', 1, 1, { at: AT - 1 });
  expect((await actions.complete([holder]))[0]).toBe(holder);
});

test('a portfolio into which an action cannot be entered is reported once and stays as it is', async () => {
  const repository = new InMemoryPortfolioRepository();
  await repository.saveCorporateAction(
    readCorporateAction({ id: 'a', at: AT, type: 'split', symbol: 'A', from: 3, to: 1 }, AT),
    false,
  );
  const { actions, errors } = known(repository);
  await actions.refresh();
  const holder = Portfolio.replay({ id: 'p', currency: 'USD' }, []).buy('A', 1, 1, { at: AT - 1 });
  for (let time = 1; time <= 2; time++) expect((await actions.complete([holder]))[0]).toBe(holder);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain('"p"');
});
