import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { TickmarkClient } from 'tickmark/client';
import { TickmarkProvider, usePortfolio } from 'tickmark/react';

const client = new TickmarkClient({ url: '/live' });
const Desk = () => {
  const { state, value } = usePortfolio('desk');
  return createElement('h1', null, value?.marketValue ?? state);
};
createRoot(document.getElementById('app')!).render(
  createElement(TickmarkProvider, { client }, createElement(Desk)),
);
