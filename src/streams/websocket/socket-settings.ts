/** How sockets are opened. */
export interface SocketSettings {
  /** Frames beyond this many bytes are dropped and counted. */
  readonly maxFrameBytes: number;
  /** Whether to offer permessage-deflate (`ws` only: a browser decides for itself). */
  readonly compression: boolean;
  /** Makes a text of others fit for a message: no secrets in it. */
  readonly redact: (text: string) => string;
  /** Time now, ms since 1970. */
  readonly now: () => number;
}

/** Reasons under which frames are dropped unread. */
export const TOO_BIG = 'too-big';

/** What a close says, as a message. */
export function closeMessage(code: number, reason: string, redact: (text: string) => string): string {
  const said = reason === '' ? '' : `: ${redact(reason)}`;
  return code === 1006
    ? 'The connection was lost without a closing handshake.'
    : `The venue closed the connection with code ${code}${said}.`;
}
