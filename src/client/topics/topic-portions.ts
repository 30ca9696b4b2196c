import type { Topic } from '../../protocol/topic.js';

/** Most topics of one message. Their values come as one message too, which is one task of the page: so that none is long on a slow phone. */
const MAX_TOPICS = 250;

/** Topics in portions, one for each message. @param most Most characters of a portion. */
export function* portionsOf(topics: readonly Topic[], most = Infinity): Iterable<Topic[]> {
  let part: Topic[] = [];
  let characters = 0;
  for (const topic of topics) {
    characters += topic.length;
    if (characters > most || part.length === MAX_TOPICS) {
      yield part;
      part = [];
      characters = topic.length;
    }
    part.push(topic);
  }
  if (part.length > 0) yield part;
}
