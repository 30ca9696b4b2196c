import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { InMemoryPortfolioRepository, MockPriceStreamAdapter, markToMarket } from 'tickmark';
import { Gateway, nodeHandler } from 'tickmark/gateway';

const repository = new InMemoryPortfolioRepository();
const marking = await markToMarket({ stream: new MockPriceStreamAdapter(), repository });
const gateway = new Gateway({
  bus: marking.bus,
  values: marking,
  stream: marking.stream,
  origins: ['https://app.example.com'],
  authenticate: async (request) => {
    const session = await sessionOf(request.headers.get('cookie'));
    return session && { subject: session.userId, expiresAt: session.expiresAt };
  },
  authorize: (subject, { kind, id }) => kind !== 'price' && mayRead(subject, id),
  WebSocketServer,
});
const server = createServer(nodeHandler(gateway)).listen(8080);
server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));

// Yours.
declare function sessionOf(cookie: string | null): Promise<{ userId: string; expiresAt: number } | null>;
declare function mayRead(userId: string, portfolioId: string): Promise<boolean>;
