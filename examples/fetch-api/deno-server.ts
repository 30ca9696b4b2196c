// A server of Deno: `Deno.serve(serveDeno)`.
import { gateway } from './live.js';

export function serveDeno(request: Request, { remoteAddr }: DenoInfo): Response | Promise<Response> {
  const address = remoteAddr.hostname;
  if (request.headers.get('upgrade') !== 'websocket') return gateway.handle(request, { address });
  // Deno closes the request with its response.
  const handshake = new Request(request.url, { headers: [...request.headers] });
  const { socket, response } = Deno.upgradeWebSocket(request, { protocol: 'tickmark.v1' });
  socket.addEventListener('open', () => gateway.open(socket, handshake, { address }));
  return response;
}

// Types that Deno has.
interface DenoInfo {
  readonly remoteAddr: { readonly hostname: string };
}
declare const Deno: {
  upgradeWebSocket(
    request: Request,
    options: { protocol: string },
  ): { socket: WebSocket; response: Response };
};
