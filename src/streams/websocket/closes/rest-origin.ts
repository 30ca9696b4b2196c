import { checkHttpUrl } from '../../connection/http-fetch.js';

/**
 * Origin of a venue's REST API: the one that was given, else the one that belongs to the origin of its WebSocket API; `undefined` for a WebSocket origin that is not known, such as a
 * proxy or a test server, whose closes would be those of another market.
 * @throws TickmarkError `INVALID_ARGUMENT` for a given one that is no URL.
 */
export function restOrigin(
  where: string,
  given: string | undefined,
  url: string,
  known: Readonly<Record<string, string>>,
): string | undefined {
  if (given !== undefined) checkHttpUrl(`${where}: restUrl`, given);
  const socketOrigin = url.replace(/\/+$/, '');
  const origin = given ?? (Object.hasOwn(known, socketOrigin) ? known[socketOrigin] : undefined);
  return origin?.replace(/\/+$/, '');
}
