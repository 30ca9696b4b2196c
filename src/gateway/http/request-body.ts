import type { Clock } from '../../core/clock.js';
import { CloseCode } from '../../protocol/close-codes.js';
import type { Refusal } from '../admission/refusal.js';

/** Most bytes of a body: a thousand topics with the longest ids. */
export const MAX_BODY_BYTES: number = 2 ** 20;

/**
 * Reads a body.
 * @param withinMs How long the reader may take to send it.
 * @returns Its text, or why it cannot be read. Never rejects.
 */
export async function readBody(
  { body }: Request,
  clock: Clock,
  withinMs: number,
): Promise<{ readonly text: string } | Refusal> {
  if (!body) return UNREADABLE;
  const reader = body.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isLate = false;
  const deadline = clock.setTimer(() => {
    isLate = true;
    reader.cancel().catch(() => undefined);
  }, withinMs);
  try {
    let text = '';
    let bytes = 0;
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes += chunk.value.byteLength;
      if (bytes > MAX_BODY_BYTES) {
        reader.cancel().catch(() => undefined);
        return TOO_LARGE;
      }
      text += decoder.decode(chunk.value, { stream: true });
    }
    return isLate ? TOO_SLOW : { text: text + decoder.decode() };
  } catch {
    return UNREADABLE;
  } finally {
    deadline.clear();
  }
}

const UNREADABLE: Refusal = {
  code: CloseCode.BAD_REQUEST,
  reason: 'The body cannot be read; expected JSON in UTF-8.',
};
const TOO_SLOW: Refusal = { code: CloseCode.TOO_SLOW, reason: 'The body did not arrive in time.' };
const TOO_LARGE: Refusal = {
  code: CloseCode.MESSAGE_TOO_LARGE,
  reason: `A body has ${MAX_BODY_BYTES} bytes at most.`,
};
