import { ADDED_PARAMETER, POSITION_PARAMETER, TOPIC_PARAMETER } from '../../protocol/event-stream.js';
import type { Topic } from '../../protocol/topic.js';
import type { ConnectionRequest } from './gateway-connection.js';

/** Longest address of a GET, characters: proxies accept 8 kB of an address and headers together. */
export const MAX_ADDRESS = 4000;

/** The address of a GET that gets a stream. */
export function addressFor(url: string, { held, added, position }: Omit<ConnectionRequest, 'token'>): string {
  const parameter = (name: string, value: string): string => `${name}=${encodeURIComponent(value)}`;
  const query = held.map((topic) => parameter(TOPIC_PARAMETER, topic));
  const isResume = held.length > 0;
  if (isResume && position !== null) query.push(parameter(POSITION_PARAMETER, position));
  for (const topic of added) query.push(parameter(isResume ? ADDED_PARAMETER : TOPIC_PARAMETER, topic));
  return url + (url.includes('?') ? '&' : '?') + query.join('&');
}

/** Divides topics into those that an address has room for, and the others. */
export function fittingTopics(
  url: string,
  topics: readonly Topic[],
): { readonly fitting: readonly Topic[]; readonly left: readonly Topic[] } {
  const fitting: Topic[] = [];
  const left: Topic[] = [];
  let length = url.length;
  for (const topic of topics) {
    length += encodeURIComponent(topic).length + TOPIC_PARAMETER.length + 2;
    (length <= MAX_ADDRESS ? fitting : left).push(topic);
  }
  return { fitting, left };
}
