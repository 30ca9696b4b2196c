import { afterEach } from 'vitest';
import { ledgerPageTests } from '../conformance/ledger-pages.js';
import { eachDriver, freshRepository } from './stores.js';

eachDriver('SqlitePortfolioRepository.ledger()', (driver) => {
  const closings: (() => void)[] = [];
  afterEach(() => closings.splice(0).forEach((close) => close()));
  ledgerPageTests(async (options) => {
    const { repository, close } = await freshRepository(driver, options);
    closings.push(close);
    return repository;
  });
});
