import type { LinkTarget } from '../connection/transport.js';
import type { Redactor } from './redactor.js';
import type { Venue, VenueRequest } from './venue.js';
import { checkProtocols, checkWebSocketUrl } from './web-socket-options.js';

/** Where the next connection to a venue goes, with fresh tokens. The redactor learns its secrets. */
export async function venueTarget(
  { url: givenUrl, headers: givenHeaders, protocols: givenProtocols }: Venue,
  request: VenueRequest,
  redactor: Redactor,
): Promise<LinkTarget> {
  const [url, headers, protocols] = await Promise.all([
    typeof givenUrl === 'function' ? givenUrl(request) : givenUrl,
    typeof givenHeaders === 'function' ? givenHeaders(request) : givenHeaders,
    typeof givenProtocols === 'function' ? givenProtocols(request) : givenProtocols,
  ]);
  checkWebSocketUrl(url);
  checkProtocols(protocols);
  redactor.addUrl(url);
  for (const value of Object.values(headers ?? {})) redactor.add(value);
  // Where a browser can send no header, a token may be among them.
  if (typeof givenProtocols === 'function') for (const protocol of protocols ?? []) redactor.add(protocol);
  return { url, ...(headers && { headers }), ...(protocols && { protocols }) };
}
