import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { TickmarkClient } from 'tickmark/client';
import { TickmarkProvider, usePortfolio } from 'tickmark/react'; // tickmark/vue has the same as refs

const client = new TickmarkClient({ url: '/live' });

function Desk() {
  const { state, value } = usePortfolio('desk');
  return createElement('h1', null, value?.marketValue ?? state);
}

// On a server nothing connects: "loading". In a browser createRoot() of react-dom/client shows the same live.
console.log(renderToString(createElement(TickmarkProvider, { client }, createElement(Desk))));
