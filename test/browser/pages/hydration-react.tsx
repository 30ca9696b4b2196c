import { Activity, StrictMode, useState } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { TickmarkProvider } from 'tickmark/react';
import { Lock } from './lock-react.js';
import { makeClient, whenReady } from './page-client.js';

const client = makeClient();

function App() {
  const [names, setNames] = useState<readonly string[]>(['lock']);
  window.show = setNames;
  return (
    <Activity mode={names.includes('lock') ? 'visible' : 'hidden'}>
      <Lock />
    </Activity>
  );
}

whenReady(client.price('LOCK'), () =>
  hydrateRoot(
    document.getElementById('app')!,
    <StrictMode>
      <TickmarkProvider client={client}>
        <App />
      </TickmarkProvider>
    </StrictMode>,
  ),
);
